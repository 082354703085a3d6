"""Each header compiles alone, and a public one costs little to include.

The compiler is asked once for each state of a header and all that it includes; the answers are
kept in build/house.
"""
import concurrent.futures
import hashlib
import subprocess

from .companions import BORROWED, is_public
from .includes import own_includes
from .tree import Finding

COMPILER = "g++"
WEIGHT_LIMIT = 1.3  # times the lines of <future>
ALL_OF_IT = "src/concur/concur.hpp"  # every module in one
WEIGHT_LIMIT_OF_ALL = 1.5


def all_included(tree, header, seen=None):
    """The header and all of ours that it includes, directly or not."""
    seen = {header} if seen is None else seen
    for _, target in own_includes(tree, header):
        if target not in seen and tree.has(target):
            seen.add(target)
            all_included(tree, target, seen)
    return seen


def key_of(tree, header, question):
    digest = hashlib.sha256(f"{COMPILER} {question} {header}".encode())
    for path in sorted(all_included(tree, header)):
        digest.update(tree.text(path).encode())
    return digest.hexdigest()


def answer(tree, header, question, ask):
    """What `ask` says of the header, from the store where it was asked before."""
    store = tree.root / "build" / "house"
    store.mkdir(parents=True, exist_ok=True)
    kept = store / key_of(tree, header, question)
    if not kept.exists():
        kept.write_text(ask(tree, header), encoding="utf-8")
    return kept.read_text(encoding="utf-8")


def answers(tree, headers, question, ask):
    """(header, answer) of each, two at a time."""
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        found = pool.map(lambda header: answer(tree, header, question, ask), headers)
        yield from zip(headers, found)


def compile_with(tree, arguments):
    return subprocess.run(
        [COMPILER, "-std=c++20", "-I", str(tree.root / "src"), *arguments, "-x", "c++",
         "/dev/null"], text=True, capture_output=True, check=False)


def compile_alone(tree, header):
    done = compile_with(tree, ["-fsyntax-only", "-Wall", "-Wextra", "-Werror",
                               "-include", str(tree.root / header)])
    return "" if done.returncode == 0 else first_error(done.stderr)


def first_error(text):
    found = [line for line in text.splitlines() if "error:" in line]
    return found[0].split("error:", 1)[1].strip() if found else "it does not compile"


def alone(tree):
    """Each header compiles alone."""
    for header, error in answers(tree, tree.headers, "alone", compile_alone):
        if error:
            yield Finding(header, 1, f"does not compile alone: {error}")


def preprocessed_lines(tree, include):
    done = compile_with(tree, ["-E", "-P", "-include", include])
    return str(sum(1 for line in done.stdout.splitlines() if line.strip()))


def weights(tree):
    """(header, its lines over those of <future>) of each public header."""
    public = [h for h in tree.headers if is_public(h) and h not in BORROWED]
    if not public:
        return
    unit = int(preprocessed_lines(tree, "future"))
    lines = answers(tree, public, "weight", lambda t, h: preprocessed_lines(t, str(t.root / h)))
    for header, count in lines:
        yield header, int(count) / unit


def weight(tree):
    """No public header costs more than 1.3 times <future> to include; that of all modules, 1.5 times."""
    for header, ratio in weights(tree):
        limit = WEIGHT_LIMIT_OF_ALL if str(header) == ALL_OF_IT else WEIGHT_LIMIT
        if ratio > limit:
            yield Finding(header, 1, f"{ratio:.2f} times the lines of <future>"
                          f" (at most {limit}): include less")


def weights_table(tree):
    rows = sorted(weights(tree), key=lambda row: -row[1])
    return "\n".join(f"{ratio:6.2f}  {header.removeprefix('src/')}" for header, ratio in rows)
