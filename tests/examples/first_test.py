#!/usr/bin/python3
"""The first program prints the same lines as its twin in Python, on threads and on processes."""
import os
import subprocess
import sys
import unittest

from program import LIMIT, ROOT, folder, lines

BINARIES = [os.environ.get("FIRST", str(ROOT / "build/dev/examples/first/first")),
            os.environ.get("FIRST_WITH_PROCESSES", str(ROOT / "build/dev/tests/examples/first_with_processes"))]
TWIN = str(ROOT / "examples/first/first.py")


def printed(*command):
    return lines(subprocess.run(command, check=True, capture_output=True, timeout=LIMIT).stdout)


class First(unittest.TestCase):
    def assert_same(self, *paths):
        twins = printed(sys.executable, TWIN, *paths)
        for binary in BINARIES:
            self.assertEqual(printed(binary, *paths), twins)
        return twins

    def test_counts_the_lines_of_files(self):
        with folder() as root:
            for count in range(50):
                (root / str(count)).write_bytes(b"line\n" * count)
            said = self.assert_same(*(str(root / str(count)) for count in range(50)))
            self.assertIn(f"{root}/7: 7 lines".encode(), said)

    def test_goes_on_after_a_file_that_cannot_be_read(self):
        with folder() as root:
            (root / "file").write_bytes(b"\n\n")
            said = self.assert_same(str(root / "file"), str(root / "nothing"), str(root))
            self.assertIn(f"{root}/nothing: cannot be read".encode(), said)

    def test_without_files_prints_nothing(self):
        self.assertEqual(self.assert_same(), [b""])


if __name__ == "__main__":
    unittest.main()
