#!/usr/bin/python3
"""What parallel_search says to its command line, and its exit status."""
import unittest

from program import FORMS, folder, search


class CommandLine(unittest.TestCase):
    def test_help(self):
        for option in ("--help", "-h"):
            status, out, errors = search(option)
            self.assertEqual((status, errors), (0, b""))
            for name in (b"--pattern", b"--executor", b"--jobs", b"--ordered", b"--pipeline",
                         b"--crash-test", b"-l", b"-c", b"--version", b"PATH",
                         b"Exit status"):
                self.assertIn(name, out)

    def test_version(self):
        status, out, errors = search("--version")
        self.assertEqual((status, errors), (0, b""))
        self.assertRegex(out, rb"^parallel_search \d+\.\d+\.\d+\n$")

    def test_what_is_wrong_is_told_with_the_mend(self):
        for arguments, told in {
            (): b"give a PATTERN to search for, and a PATH",
            ("needle",): b"give a PATH to search in",
            ("-e", "needle"): b"give a PATH to search in",
            ("-j", "0", "x", "."): b"a number of threads from 1 to 1024, or leave -j out",
            ("-j", "-1", "x", "."): b"-j -1: give a number of threads",
            ("-j", "many", "x", "."): b"-j many: give a number of threads",
            ("-j", "2.5", "x", "."): b"-j 2.5: give a number of threads",
            ("-j", "", "x", "."): b"give a number of threads",
            ("-j", "99999999999999999999", "x", "."): b"give a number of threads",
            ("-j", "2", "--executor=serial", "x", "."): b"leave it out with --executor=serial",
            ("-j", "0", "--executor=processes", "x", "."): b"a number of processes from 1 to 1024",
            ("--executor=rockets", "x", "."): b"no executor 'rockets'; take --executor=serial, threads or processes",
            ("--executor=", "x", "."): b"take --executor=serial",
            ("--executor=threads", "--crash-test", "x", "."): b"would end this program; with --executor=processes",
            ("--executor=serial", "--crash-test", "x", "."): b"would end this program; with --executor=processes",
            ("--pipeline", "--executor=threads", "x", "."): b"threads of its own; leave it out, or --executor=threads",
            ("--executor=processes", "--pipeline", "x", "."): b"leave it out, or --executor=processes",
            ("--pipeline", "--crash-test", "x", "."): b"without --pipeline a worker process crashes in its place",
            ("--pipeline", "-j", "0", "x", "."): b"a number of threads from 1 to 1024",
            ("--colour", "x", "."): b"--colour",
            ("-q", "x", "."): b"-q",
            ("x", ".", "-e"): b"--pattern: 1 required PATTERN missing",
        }.items():
            with self.subTest(arguments=arguments):
                status, out, errors = search(*arguments)
                self.assertEqual((status, out), (2, b""))
                self.assertTrue(errors.startswith(b"parallel_search: "), errors)
                self.assertIn(told, errors)
                self.assertIn(b"parallel_search --help tells more.", errors)

    def test_the_exit_status_is_greps(self):
        with folder() as root:
            (root / "file").write_bytes(b"needle\n")
            (root / "binary").write_bytes(b"\0pin\n")
            for name, form in FORMS.items():
                with self.subTest(form=name):
                    for status, arguments in ((0, ["needle", "."]), (1, ["nowhere", "."]), (0, ["pin", "."]),
                                              (2, ["needle", ".", "nothing"]), (2, ["nowhere", "nothing"]),
                                              (0, ["-l", "needle", "."]), (1, ["-c", "nowhere", "."])):
                        self.assertEqual(search(*form, *arguments, cwd=root)[0], status, arguments)

    def test_the_first_argument_is_the_pattern_unless_there_is_an_e(self):
        with folder() as root:
            (root / "a").write_bytes(b"a\nb\n")
            self.assertEqual(search("a", "a", cwd=root)[1], b"a:1:a\n")
            self.assertEqual(search("-e", "b", "a", cwd=root)[1], b"a:2:b\n")
            self.assertEqual(search("a", "-e", "b", cwd=root)[1], b"a:2:b\n")
            self.assertEqual(search("--pattern", "b", "--pattern=a", "a", cwd=root)[1], b"a:1:a\na:2:b\n")

    def test_patterns_that_look_like_something_else(self):
        odd = ["[a,b]", "[", "{}", "%%", "-x", "--help", "--", "a,b", "\\n", "$HOME", "*", "\x01", "\x01[x]",
               "'\"", "++", "@f"]
        with folder() as root:
            (root / "file").write_bytes("\n".join(odd).encode() + b"\n")
            text = (root / "file").read_bytes().split(b"\n")
            for pattern in odd:
                expected = [b"file:%d:%s" % (i, s) for i, s in enumerate(text, 1) if pattern.encode() in s]
                with self.subTest(pattern=pattern):
                    self.assertEqual(search("-e", pattern, "file", cwd=root)[1].splitlines(), expected)
                    self.assertEqual(search("--", pattern, "file", cwd=root)[1].splitlines(), expected)

    def test_the_empty_pattern_matches_every_line(self):
        with folder() as root:
            (root / "file").write_bytes(b"a\n\nb")
            for arguments in (["", "file"], ["-e", "", "file"], ["-e", "", "-e", "a", "file"], ["-e", "a\n", "file"]):
                with self.subTest(arguments=arguments):
                    self.assertEqual(search("--executor=serial", *arguments, cwd=root),
                                     (0, b"file:1:a\nfile:2:\nfile:3:b\n", b""))


if __name__ == "__main__":
    unittest.main()
