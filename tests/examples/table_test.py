#!/usr/bin/python3
"""table.sh compares what is found, and says where it differs."""
import subprocess
import unittest

import odd_tree
from program import BINARY, LIMIT, ROOT, folder

TABLE = ROOT / "examples/parallel_search/table.sh"


def table(*arguments):
    done = subprocess.run([TABLE, *arguments], capture_output=True, text=True, timeout=LIMIT, check=False)
    return done.returncode, done.stdout, done.stderr


class Table(unittest.TestCase):
    def test_a_table_of_what_was_found(self):
        with folder() as root:
            odd_tree.make(root)
            (root / "source").write_text("a mutex\nnoexcept\nnothing\n", encoding="ascii")
            (root / "binary").write_bytes(b"\0mutex\n")
            status, out, errors = table(BINARY, root)
        self.assertEqual((status, errors), (0, ""))
        for row in (r"executor +files +matches +seconds +speed-up", r"serial +\d+ +3 +\d+\.\d+ +1\.00 x",
                    r"threads +\d+ +3 +\d+\.\d+ +\d+\.\d\d x",
                    r"pipeline +\d+ +3 +\d+\.\d+ +\d+\.\d\d x",
                    r"processes +\d+ +3 +\d+\.\d+ +\d+\.\d\d x", r"grep -rF +\d+ +3 +\d+\.\d+ +\d+\.\d\d x"):
            self.assertRegex(out, row)
        self.assertIn("found the same 3 lines", out)

    def test_a_program_that_finds_something_else(self):
        with folder() as root:
            (root / "file").write_text("mutex\nmutex\n", encoding="ascii")
            wrong = root / "wrong"
            wrong.write_text(f"#!/bin/sh\n{BINARY} \"$@\" | head -n 1\n", encoding="ascii")
            wrong.chmod(0o755)
            (root / "tree").mkdir()
            (root / "file").rename(root / "tree/file")
            status, _, errors = table(wrong, root / "tree")
        self.assertEqual(status, 1)
        self.assertIn("serial (<) and grep (>) differ", errors)
        self.assertIn(f"> {root}/tree/file:2:mutex", errors)

    def test_without_a_program_or_a_directory(self):
        self.assertEqual(table()[0], 2)
        self.assertEqual(table("/nothing")[0], 2)
        status, _, errors = table(BINARY, "/nothing")
        self.assertEqual((status, errors), (2, "table.sh: there is no directory /nothing\n"))


if __name__ == "__main__":
    unittest.main()
