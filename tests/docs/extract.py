#!/usr/bin/python3
"""Turns the code in our pages into programs, so that no page can say what is not so.

    extract.py ROOT OUT      reads ROOT/*.md and ROOT/docs/**/*.md, writes OUT/

Every ```cpp block is compiled and run, and every ```python block that imports concurrent.futures,
threading or queue is run. A program gets one argument, "0". A block with main() is a program as it stands. Any other block becomes a function: its statements
the body, and what cannot stand in a body (functions, templates, types, namespaces) goes before it;
all of the library, the usual headers of std and its chrono literals are there (preamble.hpp).

Comments before a block, which the reader does not see, say more:

    <!-- snippet: continues -->      it goes on where the block before ended
    <!-- snippet: given CODE -->     CODE stands before it (may have several lines)
    <!-- snippet: output -->         before a ```text block: what the block before prints; after a
                                     refused block: a text that the first error contains
    <!-- snippet: output of both --> what the two blocks before print, each
    <!-- snippet: refused -->        it must not compile
    <!-- snippet: skip REASON -->    it is not tried; allowed in docs/why only
"""
import dataclasses
import json
import pathlib
import re
import sys

from compose import compose

FENCE = re.compile(r"^(`{3,})(\w*)\s*$")
MARK = re.compile(r"<!--\s*snippet:\s*(\w+)\s*(.*?)\s*-->", re.DOTALL)
PYTHON = re.compile(r"^(?:import|from) (?:concurrent\.futures|threading|queue)\b", re.M)
MARKS = ("continues", "given", "output", "refused", "skip")


@dataclasses.dataclass
class Block:
    line: int      # of its first line of code
    language: str
    text: str
    marks: dict


@dataclasses.dataclass
class Snippet:
    page: str                   # the file, from the root
    blocks: list
    output: "str | None" = None

    @property
    def line(self):
        return self.blocks[0].line

    @property
    def kind(self):
        first = self.blocks[0]
        if "skip" in first.marks:
            return "skip"
        if first.language == "python":
            return "python"
        if any("refused" in b.marks for b in self.blocks):
            return "refused"
        return "program" if any(re.search(r"^int main\(", b.text, re.M) for b in self.blocks) else "body"


def blocks_of(path):
    """The fenced blocks of a page, each with the marks that stand right before it."""
    lines = path.read_text(encoding="utf-8").splitlines()
    before, at = [], 0
    while at < len(lines):
        fence = FENCE.match(lines[at])
        if fence:
            end = next(i for i in range(at + 1, len(lines)) if lines[i].strip() == fence[1])
            text = "\n".join(lines[at + 1:end]) + "\n"
            yield Block(at + 2, fence[2], text, marks_of(path, "\n".join(before)))
            before, at = [], end + 1
            continue
        if lines[at].startswith("<!--"):
            end = next(i for i in range(at, len(lines)) if "-->" in lines[i])
            before += lines[at:end + 1]
            at = end + 1
            continue
        before = before if not lines[at].strip() else []
        at += 1


def marks_of(path, comments):
    marks = {name: argument for name, argument in MARK.findall(comments)}
    for name, argument in marks.items():
        if name not in MARKS:
            sys.exit(f"{path}: there is no mark 'snippet: {name}'")
        if name == "skip" and ("docs/why" not in path.as_posix() or not argument):
            sys.exit(f"{path}: 'snippet: skip' needs a reason, and only pages in docs/why may have it")
    return marks


def snippets_of(path, page):
    """The blocks of a page that are code of ours, those that continue joined to their first."""
    found = []
    for block in blocks_of(path):
        if "output" in block.marks:
            if not found:
                sys.exit(f"{page}:{block.line}: output of which block?")
            for snippet in found[-2 if block.marks["output"] == "of both" else -1:]:
                snippet.output = block.text
        elif block.language == "cpp" and "continues" in block.marks:
            if not found:
                sys.exit(f"{page}:{block.line}: there is no block to continue")
            found[-1].blocks.append(block)
        elif block.language == "cpp":
            found.append(Snippet(page, [block]))
        elif block.language == "python" and PYTHON.search(block.text):
            found.append(Snippet(page, [block]))
    return found


def write_if_new(path, text):
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")


def cmake_list(name, values):
    return f"set({name}\n" + "".join(f"    {value}\n" for value in values) + ")\n"


def write_page(page, snippets, out):
    """Writes the sources of a page. Returns its programs and its tests, for CMake."""
    name = re.sub(r"^docs/|\.md$", "", page).replace("/", ".")
    programs, tests, together = [], [], []
    for number, snippet in enumerate(snippets, 1):
        stem = f"{name}.{number}"
        if snippet.output is not None:
            write_if_new(out / f"{stem}.expected", snippet.output)
        expected = f"{stem}.expected" if snippet.output is not None else "-"
        if snippet.kind == "body":
            together.append((number, snippet))
            tests.append(f"{stem}|body|{name}|{number}|{expected}")
            continue
        if snippet.kind == "python":
            write_if_new(out / f"{stem}.py", snippet.blocks[0].text)
        elif snippet.kind != "skip":
            write_if_new(out / f"{stem}.cpp", compose([(0, snippet)], alone=True))
        if snippet.kind == "program":
            programs.append(stem)
        tests.append(f"{stem}|{snippet.kind}|{stem}|0|{expected}")
    if together:
        write_if_new(out / f"{name}.cpp", compose(together, alone=False))
    return programs, [name] if together else [], tests


def main():
    root, out = map(pathlib.Path, sys.argv[1:])
    out.mkdir(parents=True, exist_ok=True)
    programs, pages, tests, skipped = [], [], [], []
    for path in sorted(root.glob("*.md")) + sorted(root.glob("docs/**/*.md")):
        page = path.relative_to(root).as_posix()
        snippets = snippets_of(path, page)
        written = write_page(page, snippets, out)
        programs += written[0]
        pages += written[1]
        tests += written[2]
        skipped += [f"{page}:{s.line}: {s.blocks[0].marks['skip']}" for s in snippets if s.kind == "skip"]
    write_if_new(out / "snippets.cmake", cmake_list("programs", map(json.dumps, programs))
                 + cmake_list("pages", map(json.dumps, pages))
                 + cmake_list("tests", map(json.dumps, tests)))
    print(f"docs: {len(tests)} snippets, {len(skipped)} of them skipped")
    for line in skipped:
        print(f"docs: skipped {line}")


if __name__ == "__main__":
    main()
