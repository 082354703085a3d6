#!/usr/bin/python3
"""The program of the tutorial prints what its twin in Python prints, and stands in the tutorial as it is."""
import os
import subprocess
import sys
import unittest

import odd_tree
from program import LIMIT, ROOT, folder

SOURCES = ROOT / "examples/threads_and_queues"
BINARY = os.environ.get("THREADS_AND_QUEUES",
                        str(ROOT / "build/dev/examples/threads_and_queues/threads_and_queues"))
TUTORIAL = ROOT / "docs/tutorial/threads_and_queues.md"


def printed(*command, cwd):
    return subprocess.run(command, check=True, capture_output=True, timeout=LIMIT, cwd=cwd).stdout


class ThreadsAndQueues(unittest.TestCase):
    def assert_same(self, *arguments, cwd):
        """Line by line, in the same order."""
        said = printed(BINARY, *arguments, cwd=cwd)
        self.assertTrue(said == printed(sys.executable, SOURCES / "search.py", *arguments, cwd=cwd))
        return said

    def test_prints_what_its_twin_prints(self):
        with folder() as root:
            odd_tree.make(root)
            for needle in ("needle", "pin", "", "nowhere"):
                self.assert_same(needle, ".", cwd=root)
            self.assert_same("needle", "a", "nothing", "plain", str(root / "deep"), cwd=root)

    def test_thousands_of_files_come_in_order(self):
        with folder() as root:
            for number in range(3000):
                (root / f"{number:04}").write_bytes(b"needle\n" * (1 if number else 200_000))
            said = self.assert_same("needle", ".", cwd=root).splitlines()
        self.assertEqual(len(said), 200_000 + 2999)
        self.assertEqual(said[-2999:], [b"./%04d:1:needle" % number for number in range(1, 3000)])

    def test_without_a_file_prints_nothing(self):
        with folder() as root:
            self.assertEqual(self.assert_same("needle", cwd=root), b"")
            self.assertEqual(self.assert_same("needle", ".", cwd=root), b"")

    def test_stands_in_the_tutorial_as_it_is(self):
        page = TUTORIAL.read_text(encoding="utf-8")
        for name, language in (("search.py", "python"), ("search.cpp", "cpp")):
            source = (SOURCES / name).read_text(encoding="utf-8")
            self.assertTrue(f"```{language}\n{source}```\n" in page, f"{name} is not the program in {TUTORIAL.name}")


if __name__ == "__main__":
    unittest.main()
