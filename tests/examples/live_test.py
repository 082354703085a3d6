#!/usr/bin/python3
"""Ctrl-C, a reader that goes away, and the progress bar."""
import array
import contextlib
import fcntl
import os
import pathlib
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time
import unittest

from program import ENVIRONMENT, FORMS, LIMIT, folder, in_each_form, search, started

BIG = next(p for p in ("/usr/include/c++", "/usr/include/linux", "/usr/include") if pathlib.Path(p).exists())
ERASE = b"\r\x1b[K"


@contextlib.contextmanager
def tree_with_a_pipe():
    """A file with a match, and a pipe that keeps its reader waiting."""
    with folder() as root:
        (root / "file").write_bytes(b"needle\n" * 3)
        os.mkfifo(root / "pipe")
        yield root


def until(what):
    """Waits for a state of another process that it does not tell of."""
    end = time.monotonic() + LIMIT
    while not what():
        if time.monotonic() > end:
            raise TimeoutError
        os.sched_yield()


def bytes_waiting(pipe):
    count = array.array("i", [0])
    fcntl.ioctl(pipe, termios.FIONREAD, count)
    return count[0]


def waits_for_a_signal(child):
    """Whether SIGINT is on its way to the process, and has not been taken."""
    status = pathlib.Path(f"/proc/{child.pid}/status").read_text(encoding="ascii")
    pending = re.search(r"^ShdPnd:\s*(\w+)", status, re.MULTILINE)[1]
    return bool(int(pending, 16) & 1 << (signal.SIGINT - 1))


class CtrlC(unittest.TestCase):
    @in_each_form
    def test_ends_a_search_that_waits_for_a_file_to_be_opened(self, form):
        with tree_with_a_pipe() as root:
            with started(*form, "needle", "file", "pipe", cwd=root) as child:
                self.assertEqual(child.stdout.readline(), b"file:1:needle\n")
                child.send_signal(signal.SIGINT)
                out, errors = child.communicate(timeout=LIMIT)
                self.assertEqual((child.returncode, out, errors), (130, b"file:2:needle\nfile:3:needle\n", b""))

    @in_each_form
    def test_ends_a_search_that_waits_for_what_is_in_a_file(self, form):
        with tree_with_a_pipe() as root:
            with started(*form, "needle", "file", "pipe", cwd=root) as child, open(root / "pipe", "wb") as pipe:
                pipe.write(b"needle\n")
                pipe.flush()
                self.assertEqual(child.stdout.readline(), b"file:1:needle\n")
                child.send_signal(signal.SIGINT)
                out, errors = child.communicate(timeout=LIMIT)
                self.assertEqual((child.returncode, out, errors), (130, b"file:2:needle\nfile:3:needle\n", b""))

    @in_each_form
    def test_ends_a_search_at_work_and_cuts_no_line(self, form):
        _, everything, _ = search("e", BIG)
        whole = set(everything.split(b"\n"))
        with started(*form, "e", BIG) as child:
            first = child.stdout.readline()
            child.send_signal(signal.SIGINT)
            out, errors = child.communicate(timeout=LIMIT)
            self.assertEqual((child.returncode, errors), (130, b""))
            self.assertTrue((first + out).endswith(b"\n"))
            self.assertFalse(sorted(set((first + out).split(b"\n")) - whole)[:3])
            self.assertLess(len(first + out), len(everything))

    @in_each_form
    def test_a_second_one_kills(self, form):
        with folder() as root:
            (root / "file").write_bytes(b"needle\n" * 100_000)  # more than a pipe holds
            with started(*form, "needle", "file", cwd=root) as child:
                until(lambda: bytes_waiting(child.stdout) > 0)
                child.send_signal(signal.SIGINT)
                until(lambda: not waits_for_a_signal(child))
                child.send_signal(signal.SIGINT)
                self.assertEqual(child.wait(LIMIT), -signal.SIGINT)

    @in_each_form
    def test_is_ignored_where_it_was_ignored_before(self, form):
        def ignore():
            signal.signal(signal.SIGINT, signal.SIG_IGN)

        with tree_with_a_pipe() as root:
            with started(*form, "needle", "file", "pipe", cwd=root, preexec_fn=ignore) as child:
                self.assertEqual(child.stdout.readline(), b"file:1:needle\n")
                child.send_signal(signal.SIGINT)
                (root / "pipe").write_bytes(b"needle\n")
                out, _ = child.communicate(timeout=LIMIT)
                self.assertEqual(child.returncode, 0)
                self.assertTrue(out.endswith(b"pipe:1:needle\n"))


def processes_of(mark):
    """Those that were started with that mark in their environment, and what those started."""
    found = []
    for process in pathlib.Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if mark in (process / "environ").read_bytes().split(b"\0"):
                found.append(process.name)
    return found


class NobodyIsLeft(unittest.TestCase):
    """Of a search with worker processes, however it ends."""

    FORM = ["--executor=processes", "-j", "3"]

    @contextlib.contextmanager
    def search_at_work(self, *form):
        mark = f"CONCUR_TEST_MARK={os.getpid()}.{time.monotonic_ns()}"
        name, value = mark.split("=")
        with tree_with_a_pipe() as root:
            with started(*form, "needle", "file", "pipe", cwd=root, env=ENVIRONMENT | {name: value}) as child:
                self.assertEqual(child.stdout.readline(), b"file:1:needle\n")
                self.assertGreater(len(processes_of(mark.encode())), 1)
                yield child, root
                child.wait(LIMIT)
            until(lambda: not processes_of(mark.encode()))

    def test_after_its_end(self):
        for form in (self.FORM, [*self.FORM, "--ordered"]):
            with self.search_at_work(*form) as (child, root):
                (root / "pipe").write_bytes(b"needle\n")
                self.assertEqual(child.wait(LIMIT), 0)

    def test_after_ctrl_c(self):
        for form in (self.FORM, [*self.FORM, "--ordered"]):
            with self.search_at_work(*form) as (child, _):
                child.send_signal(signal.SIGINT)
                self.assertEqual(child.wait(LIMIT), 130)

    def test_after_its_reader_has_gone(self):
        with self.search_at_work(*self.FORM) as (child, root):
            child.stdout.close()
            (root / "pipe").write_bytes(b"needle\n")
            self.assertEqual(child.wait(LIMIT), -signal.SIGPIPE)

    def test_after_it_was_killed(self):
        with self.search_at_work(*self.FORM) as (child, _):
            child.kill()


class ReaderGone(unittest.TestCase):
    def test_ends_quietly(self):
        for handler in (signal.SIG_DFL, signal.SIG_IGN):
            for name, form in FORMS.items():
                with self.subTest(form=name, handler=handler):
                    def prepare(action=handler):
                        signal.signal(signal.SIGPIPE, action)

                    with started(*form, "e", BIG, preexec_fn=prepare, restore_signals=False) as child:
                        self.assertIn(b":", child.stdout.readline())
                        child.stdout.close()
                        self.assertEqual(child.wait(LIMIT), -signal.SIGPIPE)
                        self.assertEqual(child.stderr.read(), b"")


class Bar(unittest.TestCase):
    def shown(self, *arguments, cwd, columns=80, both=False, **environment):
        """What a search shows on a terminal that lasts longer than the bar waits to appear."""
        terminal, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        try:
            out = {"stdout": theirs} if both else {"stdout": subprocess.DEVNULL}
            with started(*arguments, cwd=cwd, stderr=theirs, **out, env=ENVIRONMENT | environment) as child:
                with open(cwd / "pipe", "wb") as pipe:
                    select.select([], [], [], 0.15)  # sleeps: the bar spares searches of a tenth of a second
                    pipe.write(b"needle\n")
                self.assertEqual(child.wait(LIMIT), 0)
            return read_all(terminal, theirs)
        finally:
            os.close(terminal)

    def test_is_drawn_on_a_terminal_and_erased(self):
        with tree_with_a_pipe() as root:
            for name, form in FORMS.items():
                with self.subTest(form=name):
                    said = self.shown(*form, "needle", "file", "pipe", cwd=root)
                    self.assertRegex(said, rb"^\r\[=+ *\] \d/2 files  0 MB  0 MB/s  \d found\x1b\[K")
                    self.assertTrue(said.endswith(ERASE))

    def test_is_no_wider_than_the_terminal(self):
        with tree_with_a_pipe() as root:
            said = self.shown("needle", "file", "pipe", cwd=root, columns=30)
            self.assertEqual([len(part) for part in re.findall(rb"\[=[^\x1b]*", said)], [29])

    def test_leaves_the_lines_alone(self):
        with tree_with_a_pipe() as root:
            said = self.shown("--executor=serial", "needle", "pipe", "file", cwd=root, both=True)
            said = re.sub(rb"\r\[=[^\x1b]*\x1b\[K", b"<bar>", said).replace(ERASE, b"<gone>")
            self.assertEqual(said, b"pipe:1:needle\r\n<bar><gone>file:1:needle\r\nfile:2:needle\r\nfile:3:needle\r\n")

    def test_is_not_for_a_terminal_that_cannot_erase(self):
        with tree_with_a_pipe() as root:
            self.assertEqual(self.shown("needle", "file", "pipe", cwd=root, TERM="dumb"), b"")

    def test_is_gone_after_ctrl_c(self):
        terminal, theirs = pty.openpty()
        with tree_with_a_pipe() as root:
            os.mkfifo(root / "another")
            with started("--executor=serial", "needle", "pipe", "another", cwd=root, stderr=theirs) as child:
                with open(root / "pipe", "wb") as pipe:
                    select.select([], [], [], 0.15)  # sleeps: as above
                    pipe.write(b"needle\n")
                with open(root / "another", "wb"):  # opened when the bar is there
                    child.send_signal(signal.SIGINT)
                    self.assertEqual(child.wait(LIMIT), 130)
        said = read_all(terminal, theirs)
        os.close(terminal)
        self.assertIn(b"1/", said)
        self.assertTrue(said.endswith(ERASE))


def read_all(terminal, theirs):
    """What was written to a terminal that nobody holds any more but we."""
    os.close(theirs)
    said = b""
    with contextlib.suppress(OSError):  # the end
        while part := os.read(terminal, 65536):
            said += part
    return said


if __name__ == "__main__":
    unittest.main()
