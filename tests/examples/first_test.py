#!/usr/bin/python3
"""The first program and its twin in Python print the same lines."""
import os
import subprocess
import sys
import unittest

from program import LIMIT, ROOT, folder, lines

FIRST = os.environ.get("FIRST", str(ROOT / "build/dev/examples/first/first"))
TWIN = str(ROOT / "examples/first/first.py")


def printed(*command):
    return lines(subprocess.run(command, check=True, capture_output=True, timeout=LIMIT).stdout)


class First(unittest.TestCase):
    def assert_same(self, *paths):
        mine = printed(FIRST, *paths)
        self.assertEqual(mine, printed(sys.executable, TWIN, *paths))
        return mine

    def test_counts_the_lines_of_files(self):
        with folder() as root:
            for count in range(50):
                (root / str(count)).write_bytes(b"line\n" * count)
            mine = self.assert_same(*(str(root / str(count)) for count in range(50)))
            self.assertIn(f"{root}/7: 7 lines".encode(), mine)

    def test_goes_on_after_a_file_that_cannot_be_read(self):
        with folder() as root:
            (root / "file").write_bytes(b"\n\n")
            mine = self.assert_same(str(root / "file"), str(root / "nothing"), str(root))
            self.assertIn(f"{root}/nothing: cannot be read".encode(), mine)

    def test_without_files_prints_nothing(self):
        self.assertEqual(self.assert_same(), [b""])


if __name__ == "__main__":
    unittest.main()
