"""The files of the house, and C++ text with comments and strings blanked out."""
import dataclasses
import functools
import pathlib
import re

CODE_FOLDERS = ("src", "tests", "examples", "bench", "fuzz")
OTHER_FOLDERS = ("docs", "tools", "cmake", ".ci")
CODE = (".hpp", ".cpp")
TEXT = CODE + (".py", ".sh", ".md", ".txt", ".cmake", ".in", ".json", ".yml", "")


@dataclasses.dataclass(frozen=True)
class Finding:
    path: str  # from the root
    line: int
    text: str  # what is wrong, and the mend


class Tree:
    """What lies below a root. Paths are strings from the root, with forward slashes."""

    def __init__(self, root):
        self.root = pathlib.Path(root)

    @functools.cached_property
    def files(self):
        """Every text file we write: all of our folders, and what lies in the root itself."""
        found = [p for p in self.root.iterdir() if p.is_file()]
        for folder in CODE_FOLDERS + OTHER_FOLDERS:
            found += [p for p in (self.root / folder).rglob("*") if p.is_file()]
        names = (p.relative_to(self.root).as_posix() for p in found)
        return sorted(n for n in names
                      if pathlib.PurePath(n).suffix in TEXT and "__pycache__" not in n
                      and not n.startswith("bench/results/"))

    @functools.cached_property
    def code(self):
        """C++ files of ours."""
        return [f for f in self.files if f.startswith(CODE_FOLDERS) and f.endswith(CODE)]

    @functools.cached_property
    def source(self):
        """The library: what lies below src/."""
        return [f for f in self.code if f.startswith("src/")]

    @functools.cached_property
    def headers(self):
        return [f for f in self.source if f.endswith(".hpp")]

    @functools.cache
    def text(self, path):
        return (self.root / path).read_text(encoding="utf-8", errors="replace")

    @functools.cache
    def bare(self, path):
        """The text without comments and the insides of strings, line for line."""
        return blank(self.text(path))

    def has(self, path):
        return (self.root / path).is_file()

    def lines(self, path):
        return enumerate(self.text(path).splitlines(), 1)


def room(path):
    """The folder of a source file: 'core' for src/concur/core/job.hpp, '' for an umbrella."""
    parts = path.split("/")
    return parts[2] if len(parts) > 3 else ""


def stem(path):
    return pathlib.PurePath(path).stem


INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]', re.MULTILINE)


def includes(text):
    """(line, name, quoted) of each include."""
    for match in INCLUDE.finditer(text):
        yield text.count("\n", 0, match.start()) + 1, match[2], match[1] == '"'


TOKEN = re.compile(
    r'//(?:[^\n\\]|\\.|\\\n)*'                              # a comment to the end of the line
    r'|/\*.*?\*/'                                           # a comment
    r'|(?:u8|[uUL])?R"(?P<end>[^()\\\s]*)\(.*?\)(?P=end)"'  # a raw string
    r'|"(?:[^"\\\n]|\\.)*"'                                 # a string
    r"|(?<![0-9a-fA-F])'(?:[^'\\\n]|\\.)+'",                # a character, not a digit separator
    re.DOTALL)


def blank(text):
    """Comments become spaces and strings become empty of content; every line keeps its number."""
    def spaces(match):
        kept = re.sub(r"[^\n]", " ", match[0])
        quote = match[0][-1]
        if match[0].startswith("/") or len(kept) < 2:
            return kept
        return quote + kept[1:-1] + quote
    return TOKEN.sub(spaces, text)
