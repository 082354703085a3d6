#!/usr/bin/python3
"""parallel_search finds what grep -rF finds, whatever lies in the tree, in each of its forms."""
import itertools
import pathlib
import random
import subprocess
import unittest

import odd_tree
from program import BINARY, ENVIRONMENT, FORMS, LIMIT, folder, grep, lines, search


def patterns(names):
    return [part for name in names for part in ("-e", name)]


def binary_ones(errors, before, after):
    return sorted(e[len(before):-len(after)] for e in errors.split(b"\n") if e.endswith(after) and e.startswith(before))


class Matches(unittest.TestCase):
    maxDiff = 2000

    def assert_same(self, arguments, cwd, mine=(), theirs=()):
        """All forms give grep's lines and its exit status."""
        status, out, errors = grep(*theirs, *arguments, cwd=cwd)
        for name, form in FORMS.items():
            with self.subTest(form=name, arguments=arguments):
                my_status, my_out, my_errors = search(*form, *mine, *arguments, cwd=cwd)
                self.assertTrue(lines(my_out) == lines(out), first_difference(my_out, out))
                self.assertEqual(my_status, status)
                self.assertEqual(binary_ones(my_errors, b"Binary file ", b" matches"),
                                 binary_ones(errors, b"grep: ", b": binary file matches"))

    def test_in_a_tree_of_odd_files(self):
        with folder() as root:
            odd_tree.make(root)
            for needles in (["needle"], ["pin", "needle"], odd_tree.NEEDLES, ["nowhere"], ["x"], [""],
                            ["needle", ""], ["e\npin"], ["needle\r"], ["\xff"], ["nowhere", "pine"], ["y" * 5000]):
                self.assert_same([*patterns(needles), "."], root, theirs=["-n"])

    def test_in_a_part_of_usr_include(self):
        part = next(p for p in ("/usr/include/c++", "/usr/include/linux", "/usr/include") if pathlib.Path(p).exists())
        self.assert_same([*patterns(["mutex", "noexcept", "std::"]), part], None, theirs=["-n"])

    def test_names_and_counts(self):
        with folder() as root:
            odd_tree.make(root)
            for needles in (["needle"], odd_tree.NEEDLES, [""], ["nowhere"]):
                for option in ("-l", "-c"):
                    self.assert_same([option, *patterns(needles), "."], root)

    def test_each_name_given_by_itself(self):
        with folder() as root:
            odd_tree.make(root)
            for path in ("plain", "no final newline", "link to a file", "loops/up", "a/", "a//", "./a", "[a,b]", "{}",
                         "\x01", "empty", "deep", "new\nline", str(root / "a"), "one nul"):
                self.assert_same(["-e", "needle", "--", path], root, theirs=["-nH"])
            self.assert_same(["-e", "pin", "--", "-e", "a", "plain", "a", "crlf"], root, theirs=["-nH"])

    def test_random_texts_and_patterns(self):
        chance = random.Random(62)
        with folder() as root:
            for _ in range(25):
                for number in range(12):
                    text = bytes(chance.choices(b"aab\n\r", k=chance.choice([0, 1, 5, 40, 400])))
                    (root / str(number)).write_bytes(text)
                needles = ["".join(chance.choices("ab", k=chance.randint(0, 4))) for _ in range(chance.randint(1, 4))]
                self.assert_same([*patterns(needles), "."], root, theirs=["-n"])

    def test_a_pipe_that_gives_little_at_a_time(self):
        text = b"".join(b"%d pin\n" % i for i in range(1000)) + b"needle"
        for size, form in itertools.product((1, 7, 1000), FORMS.values()):
            child = subprocess.Popen([BINARY, *form, "-e", "1 p", "-e", "needle", "/dev/stdin"], env=ENVIRONMENT,
                                     stdin=subprocess.PIPE, stdout=subprocess.PIPE)
            for begin in range(0, len(text), size):
                child.stdin.write(text[begin:begin + size])
                child.stdin.flush()
            out, _ = child.communicate(timeout=LIMIT)
            expected = [b"/dev/stdin:%d:%s" % (i, line) for i, line in enumerate(text.split(b"\n"), 1)
                        if b"1 p" in line or b"needle" in line]
            self.assertEqual(out.splitlines(), expected)

    def test_files_that_only_this_process_has(self):
        with folder() as root:
            (root / "file").write_bytes(b"needle\nneedle\n")
            for name, form in FORMS.items():
                with self.subTest(form=name), open(root / "file", "rb") as file, open(root / "file", "rb") as other:
                    own = f"/dev/fd/{other.fileno()}"
                    status, out, errors = search(*form, "-c", "needle", "/dev/stdin", "file", own, "/dev/fd/999",
                                                 cwd=root, stdin=file, pass_fds=[other.fileno()])
                    self.assertEqual((status, lines(out)), (
                        2, sorted([b"", b"/dev/stdin:2", b"file:2", f"{own}:2".encode()])))
                    self.assertEqual(errors, b"parallel_search: /dev/fd/999: No such file or directory\n")

    def test_ordered_is_in_the_order_of_the_paths(self):
        with folder() as root:
            odd_tree.make(root)
            _, serial, _ = search("--executor=serial", "needle", ".", cwd=root)
            _, ordered, _ = search("-j", "4", "--ordered", "needle", ".", cwd=root)
            self.assertTrue(ordered == serial)
            _, named, _ = search("-l", "--ordered", "needle", ".", cwd=root)
            paths = [p for p in named.split(b"\n") if b"new" not in p and not p.startswith(b"line")][:-1]
            self.assertEqual(paths, sorted(paths))
            self.assertLess(paths.index(b"./a b"), paths.index(b"./a-b"))
            self.assertLess(paths.index(b"./a-b"), paths.index(b"./a/b"))
            self.assertLess(paths.index(b"./a/b"), paths.index(b"./aa"))

    def test_a_pipeline_prints_what_ordered_prints(self):
        with folder() as root:
            odd_tree.make(root)
            (root / "thousands").mkdir()
            for number in range(2000):
                (root / "thousands" / str(number)).write_bytes(b"needle %d\n" % number * (number % 3))
            for arguments in (["needle", "."], ["-c", "e", "."], ["-l", "pin", "."], ["nowhere", "."],
                              ["needle", "empty directory"], ["needle", "plain"], ["", "empty"], ["needle", "nothing"],
                              ["needle", "plain", "nothing", "plain"]):
                ordered = search("--ordered", *arguments, cwd=root)
                for jobs in ([], ["-j", "1"], ["-j", "3"], ["-j", "40", "--ordered"]):
                    with self.subTest(jobs=jobs, arguments=arguments):
                        self.assertTrue(search("--pipeline", *jobs, *arguments, cwd=root) == ordered)

    def test_a_nul_anywhere_makes_a_file_binary(self):
        with folder() as root:
            (root / "late").write_bytes(b"needle\n" * 200_000 + b"\0")
            for form in FORMS.values():
                self.assertEqual(search(*form, "needle", "late", cwd=root),
                                 (0, b"", b"Binary file late matches\n"))


def first_difference(mine, theirs):
    mine, theirs = set(mine.split(b"\n")), set(theirs.split(b"\n"))
    return f"only here: {[s[:200] for s in sorted(mine - theirs)[:3]]}, " \
           f"only in grep: {[s[:200] for s in sorted(theirs - mine)[:3]]}"


if __name__ == "__main__":
    unittest.main()
