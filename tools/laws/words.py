"""What must not be written."""
import re

from .tree import Finding

DEFINE = re.compile(r"^[ \t]*#[ \t]*define[ \t]+(\w+)(\()?", re.MULTILINE)


def macros(tree):
    """No macro with arguments, and no macro in a header but the version."""
    for path in tree.source:
        bare = tree.bare(path)
        for match in DEFINE.finditer(bare):
            line = bare.count("\n", 0, match.start()) + 1
            if match[2]:
                yield Finding(path, line, f"{match[1]}(...): write a function or a template")
            elif path.endswith(".hpp") and not match[1].startswith("CONCUR_VERSION"):
                yield Finding(path, line, f"{match[1]}: a header defines no macro but the version")


# Put together from halves, so that this file does not hold what it looks for.
UNFINISHED = re.compile(r"\b(" + "|".join(("TO" "DO", "FIX" "ME", "XX" "X", "HA" "CK")) + r")\b")
PATHS = re.compile(r"(?<![\w.])/(?:" + "|".join(("ho" "me", "wo" "rk", "ro" "ot", "Us" "ers")) + ")/")


def words(tree):
    """Nothing unfinished, and no path of one person's machine."""
    for path in tree.files:
        for line, text in tree.lines(path):
            if UNFINISHED.search(text):
                yield Finding(path, line, "finish it, or write it down where plans are kept")
            if PATHS.search(text):
                yield Finding(path, line, "a path of one machine")


SLEEP = re.compile(r"\b(?:sleep_for|sleep_until|usleep|nanosleep|sleep)\s*\(")


def sleeps(tree):
    """A test waits for what it needs. Where it must let time pass it says why."""
    for path in tree.code:
        if not path.startswith("tests/"):
            continue
        bare = tree.bare(path).splitlines()
        for line, text in tree.lines(path):
            if SLEEP.search(bare[line - 1]) and not re.search(r"// sleeps: \w", text):
                yield Finding(path, line,
                              "wait for an event; or end the line with '// sleeps: <reason>'")
