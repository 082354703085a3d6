#!/usr/bin/python3
"""Compiles a program that must be refused, and looks at what the compiler says.

    check.py COMPILER SOURCE_DIR FILE [FLAG...]

The file's first line is '// refused: ' and a sentence. The first error must contain that sentence,
and all that the compiler says must fit on a screen.
"""
import os
import pathlib
import subprocess
import sys

MARK = "// refused: "
LINES = 40


def judge(compiler, source_dir, path, *flags):
    """What is wrong with how the file is refused; None where nothing is."""
    first = path.read_text(encoding="utf-8").split("\n", 1)[0]
    if not first.startswith(MARK):
        return f"its first line is not '{MARK}<sentence>'"
    done = subprocess.run(
        [compiler, "-std=c++20", "-fsyntax-only", "-fdiagnostics-color=never", *flags, "-I", source_dir, path],
        env={**os.environ, "LC_ALL": "C"}, text=True, capture_output=True, check=False)
    said = done.stderr.splitlines()
    print(done.stderr, end="")
    print(f"{len(said)} lines")
    if done.returncode == 0:
        return "it compiles"
    errors = [line for line in said if "error:" in line]
    sentence = first.removeprefix(MARK).strip()
    if not errors or sentence not in errors[0]:
        return f"the first error does not say: {sentence}"
    if len(said) > LINES:
        return f"the compiler says {len(said)} lines (at most {LINES})"
    return None


def main():
    compiler, source_dir, name, *flags = sys.argv[1:]
    wrong = judge(compiler, source_dir, pathlib.Path(name), *flags)
    if wrong:
        print(f"{name}: {wrong}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
