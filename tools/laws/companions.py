"""What must lie beside a source file: its test, its model test, its page."""
import re

from .tree import Finding, room, stem

NOT_PUBLIC = ("platform", "core")
PUBLIC_CORE = ("src/concur/core/error.hpp", "src/concur/core/process_error.hpp",
               "src/concur/core/timeout.hpp")

# Headers that stand on another library's: what those cost to include is not ours to say.
BORROWED = ("src/concur/pickle/cereal.hpp", "src/concur/topology/topology.hpp", "src/concur/topology.hpp")


def is_public(header):
    return room(header) not in NOT_PUBLIC or header in PUBLIC_CORE


def tests(tree):
    """src/concur/X/y.hpp has tests/X/y_test.cpp."""
    for header in tree.headers:
        wanted = f"tests/{room(header)}/{stem(header)}_test.cpp"
        if room(header) and not tree.has(wanted):
            yield Finding(header, 1, f"there is no {wanted}")


def reference(tree):
    """Each public header is named in a page of docs/reference."""
    pages = "\n".join(tree.text(f) for f in tree.files
                      if f.startswith("docs/reference/") and f.endswith(".md"))
    for header in filter(is_public, tree.headers):
        name = header.removeprefix("src/")
        if not re.search(rf"(?<![\w/]){re.escape(name)}", pages):
            yield Finding(header, 1, f"no page in docs/reference names <{name}>")


ATOMIC = re.compile(r"\batomic(?:_ref|_flag)?\s*<|\batomic_flag\b|\batomic_thread_fence\b")


def models(tree):
    """Each file with an atomic has a model test. What the checker itself replaces has none."""
    for path in tree.source:
        replaced = path == "src/concur/core/atomic.hpp" or room(path) == "platform"
        wanted = f"tests/model/{room(path)}/{stem(path)}_model.cpp"
        if ATOMIC.search(tree.bare(path)) and not replaced and not tree.has(wanted):
            yield Finding(path, 1, f"it holds an atomic, and there is no {wanted}")
