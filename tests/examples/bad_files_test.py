#!/usr/bin/python3
"""Files that are not there, may not be read, or change under the search: the rest is searched."""
import os
import threading
import unittest

from program import folder, in_each_form, lines, search, without_root_rights


class BadFiles(unittest.TestCase):
    @in_each_form
    def test_a_path_that_does_not_exist(self, form):
        with folder() as root:
            (root / "file").write_bytes(b"needle\n")
            status, out, errors = search(*form, "needle", "nothing", "file", "file/below", cwd=root)
            self.assertEqual((status, out), (2, b"file:1:needle\n"))
            self.assertEqual(lines(errors), [b"", b"parallel_search: file/below: Not a directory",
                                             b"parallel_search: nothing: No such file or directory"])

    @in_each_form
    def test_a_file_and_a_directory_that_may_not_be_read(self, form):
        with folder() as root:
            (root / "closed").mkdir()
            for name in ("file", "secret", "closed/inside"):
                (root / name).write_bytes(b"needle\n")
            (root / "secret").chmod(0)
            (root / "closed").chmod(0)
            status, out, errors = search(*form, "needle", ".", cwd=root, prefix=without_root_rights())
            self.assertEqual((status, out), (2, b"./file:1:needle\n"))
            self.assertEqual(lines(errors), [b"", b"parallel_search: ./closed: Permission denied",
                                             b"parallel_search: ./secret: Permission denied"])
            (root / "closed").chmod(0o755)

    @in_each_form
    def test_links_that_go_round(self, form):
        with folder() as root:
            (root / "a").mkdir()
            (root / "a" / "file").write_bytes(b"needle\n")
            (root / "a" / "up").symlink_to("..")
            (root / "round").symlink_to("round")
            self.assertEqual(search(*form, "needle", ".", cwd=root), (0, b"./a/file:1:needle\n", b""))
            self.assertEqual(search(*form, "needle", "a/up", cwd=root), (0, b"a/up/a/file:1:needle\n", b""))
            self.assertEqual(search(*form, "needle", "round", cwd=root), (
                2, b"", b"parallel_search: round: Too many levels of symbolic links\n"))

    @in_each_form
    def test_a_read_that_fails(self, form):
        status, out, errors = search(*form, "needle", "/proc/self/mem")
        self.assertEqual((status, out, errors), (2, b"", b"parallel_search: /proc/self/mem: Input/output error\n"))

    @in_each_form
    def test_a_file_without_a_size(self, form):
        status, out, errors = search(*form, "Name:", "/proc/self/status")
        self.assertEqual((status, errors), (0, b""))
        self.assertTrue(out.startswith(b"/proc/self/status:1:Name:"))

    @in_each_form
    def test_the_file_that_the_output_goes_to(self, form):
        with folder() as root:
            (root / "file").write_bytes(b"needle\n")
            with open(root / "out", "w+b") as out:
                out.write(b"needle\n")
                out.flush()
                status, _, errors = search(*form, "needle", ".", cwd=root, stdout=out)
            self.assertEqual(status, 2)
            self.assertIn(b"./out: this is where the output goes", errors)
            self.assertEqual((root / "out").read_bytes(), b"needle\n./file:1:needle\n")

    @in_each_form
    def test_an_output_that_takes_nothing(self, form):
        with folder() as root, open("/dev/full", "wb") as full:
            (root / "file").write_bytes(b"needle\n")
            status, _, errors = search(*form, "needle", ".", cwd=root, stdout=full)
            self.assertEqual((status, errors), (
                2, b"parallel_search: standard output: No space left on device\n"))

    @in_each_form
    def test_files_that_change_under_the_search(self, form):
        with folder() as root:
            (root / "stable").write_bytes(b"needle\n" * 1000)
            expected = [b"./stable:%d:needle" % i for i in range(1, 1001)]
            with Changes(root):
                for _ in range(5):
                    status, out, errors = search(*form, "needle", ".", cwd=root)
                    self.assertIn(status, (0, 2), errors)
                    self.assertEqual([s for s in out.split(b"\n") if s.startswith(b"./stable")], expected)
                    for line in out.split(b"\n")[:-1]:
                        self.assertRegex(line, rb"^\./(stable|shrinking|growing|comes|moves\d?):\d+:(needle)+$")


class Changes:
    """While the block runs, files of `root` grow, shrink, come and go."""

    def __init__(self, root):
        self.root = root
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self.change)

    def __enter__(self):
        self.once()
        self.thread.start()

    def __exit__(self, *_):
        self.ended.set()
        self.thread.join()

    def change(self):
        while not self.ended.is_set():
            self.once()

    def once(self):
        block = b"needle\n" * 2000
        with open(self.root / "shrinking", "wb") as file:
            file.write(block * 20)
            file.flush()
            os.ftruncate(file.fileno(), 7)
        with open(self.root / "growing", "ab") as file:
            file.write(block)
            if file.tell() > 2_000_000:
                os.ftruncate(file.fileno(), 0)
        (self.root / "comes").write_bytes(b"needle\n")
        (self.root / "comes").rename(self.root / "moves")
        (self.root / "moves").unlink()
        (self.root / "comes").mkdir()
        (self.root / "comes").rmdir()


if __name__ == "__main__":
    unittest.main()
