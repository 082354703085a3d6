#!/usr/bin/python3
"""check.py must not be content with a file that compiles, or that is refused in other words."""
import pathlib
import subprocess
import sys
import tempfile
import unittest

CHECK = pathlib.Path(__file__).resolve().parent / "check.py"


class Check(unittest.TestCase):
    def check(self, text):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "x.cpp")
            path.write_text(text, encoding="utf-8")
            done = subprocess.run([sys.executable, CHECK, "g++", folder, path], text=True,
                                  capture_output=True, check=False)
        return done.returncode, done.stdout.splitlines()[-1]

    def test_the_sentence_in_the_first_error(self):
        text = '// refused: no such thing\nstatic_assert(false, "no such thing: use another");\n'
        self.assertEqual(self.check(text)[0], 0)

    def test_a_file_that_compiles(self):
        code, last = self.check("// refused: no such thing\nint x;\n")
        self.assertEqual((code, last.endswith("it compiles")), (1, True))

    def test_another_error_comes_first(self):
        text = '// refused: no such thing\nint x = y;\nstatic_assert(false, "no such thing");\n'
        code, last = self.check(text)
        self.assertEqual((code, "does not say: no such thing" in last), (1, True))

    def test_a_wall_of_text(self):
        text = '// refused: no\nstatic_assert(false, "no");\n' + "static_assert(false);\n" * 20
        code, last = self.check(text)
        self.assertEqual((code, "at most 40" in last), (1, True))

    def test_a_file_without_a_sentence(self):
        code, last = self.check('static_assert(false, "no such thing");\n')
        self.assertEqual((code, "first line" in last), (1, True))


if __name__ == "__main__":
    unittest.main(verbosity=2)
