#!/usr/bin/python3
"""Runs a snippet and compares what it prints.

    check.py run EXPECTED COMMAND...        exit status 0, and the output is that of the file
    check.py refused EXPECTED COMMAND...    exit status not 0, and the first error has the file's text

EXPECTED may be '-': any text will do.
"""
import difflib
import os
import pathlib
import subprocess
import sys


def fails(text):
    print(text)
    sys.exit(1)


def main():
    way, expected, command = sys.argv[1], sys.argv[2], sys.argv[3:]
    wanted = None if expected == "-" else pathlib.Path(expected).read_text(encoding="utf-8")
    done = subprocess.run(command, env={**os.environ, "LC_ALL": "C"}, text=True,
                          capture_output=True, check=False)
    print(done.stdout, done.stderr, sep="", end="")
    if way == "refused":
        errors = [line for line in done.stderr.splitlines() if "error:" in line]
        if done.returncode == 0 or not errors:
            fails("this snippet must not compile, and does")
        if wanted is not None and wanted.strip() not in errors[0]:
            fails(f"the first error does not say: {wanted.strip()}")
        return
    if done.returncode != 0:
        fails(f"exit status {done.returncode}")
    if wanted is not None and wanted != done.stdout:
        fails("\n".join(difflib.unified_diff(wanted.splitlines(), done.stdout.splitlines(),
                                             "the page", "the program", lineterm="")))


if __name__ == "__main__":
    main()
