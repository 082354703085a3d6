#!/usr/bin/python3
"""--crash-test: a worker process dies on one file. That file is named, and all others are searched."""
import re
import unittest

import odd_tree
from program import folder, lines, search

FORMS = {
    "as they come": ["--crash-test"],
    "one process": ["--executor=processes", "--crash-test", "-j", "1"],
    "in order": ["--crash-test", "--ordered", "-j", "2"],
}


def in_each_form(test):
    def run(self):
        for name, form in FORMS.items():
            with self.subTest(form=name):
                test(self, form)
    return run


def tree(root, files=40):
    for i in range(files):
        (root / f"{i:02}").write_bytes(b"needle\n" * (i + 1) + b"hay\n")


class CrashTest(unittest.TestCase):
    def crashed_on(self, errors):
        """The file that standard error names, once."""
        named = re.findall(rb"^parallel_search: (.*?): worker \d+ died of SIGSEGV", errors, re.MULTILINE | re.DOTALL)
        self.assertEqual(len(named), 1, errors)
        return named[0]

    @in_each_form
    def test_finds_all_matches_but_those_of_one_file(self, form):
        with folder() as root:
            tree(root)
            status, out, errors = search(*form, "needle", ".", cwd=root)
            lost = self.crashed_on(errors)
            _, everything, _ = search("needle", ".", cwd=root)
        self.assertEqual(status, 2)
        self.assertEqual(lost, b"./20")
        self.assertEqual(lines(out), [s for s in lines(everything) if not s.startswith(lost + b":")])

    @in_each_form
    def test_counts_and_names_the_others(self, form):
        with folder() as root:
            tree(root)
            for option in ("-c", "-l"):
                status, out, errors = search(*form, option, "needle", ".", cwd=root)
                lost = self.crashed_on(errors)
                _, everything, _ = search(option, "needle", ".", cwd=root)
                self.assertEqual(status, 2)
                self.assertEqual(lines(out), [s for s in lines(everything) if s.split(b":")[0] != lost])
                self.assertEqual(len(lines(out)), 40)  # files but one, and what follows the last line end

    @in_each_form
    def test_other_errors_are_told_too(self, form):
        with folder() as root:
            tree(root, files=3)
            status, out, errors = search(*form, "hay", ".", "nothing", cwd=root)
            self.assertEqual((status, lines(out)), (2, [b"", b"./00:2:hay", b"./02:4:hay"]))
            self.assertIn(b"parallel_search: nothing: No such file or directory\n", errors)
            self.assertIn(b"parallel_search: ./01: worker ", errors)

    @in_each_form
    def test_the_only_file(self, form):
        with folder() as root:
            (root / "file").write_bytes(b"needle\n")
            status, out, errors = search(*form, "needle", "file", cwd=root)
            self.assertEqual((status, out, self.crashed_on(errors)), (2, b"", b"file"))

    @in_each_form
    def test_without_files_nothing_crashes(self, form):
        with folder() as root:
            self.assertEqual(search(*form, "needle", ".", cwd=root), (1, b"", b""))

    def test_a_tree_with_everything_in_it(self):
        with folder() as root:
            odd_tree.make(root)
            status, out, errors = search("--crash-test", "e", ".", cwd=root)
            lost = self.crashed_on(errors)
            _, everything, _ = search("e", ".", cwd=root)
        self.assertEqual(status, 2)
        self.assertEqual(lines(out), [s for s in lines(everything) if not s.startswith(lost + b":")])


if __name__ == "__main__":
    unittest.main()
