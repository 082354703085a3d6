"""parallel_search as a child, and grep beside it."""
import contextlib
import functools
import os
import pathlib
import signal
import subprocess
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = os.environ.get("PARALLEL_SEARCH", str(ROOT / "build/dev/examples/parallel_search/parallel_search"))
FORMS = {
    "serial": ["--executor=serial"],
    "threads": ["--executor=threads"],
    "one thread": ["-j", "1"],
    "ordered": ["-j", "4", "--ordered"],
    "pipeline": ["--pipeline", "-j", "4"],
    "processes": ["--executor=processes"],
    "processes in order": ["--executor=processes", "-j", "3", "--ordered"],
}
ENVIRONMENT = {**os.environ, "LC_ALL": "C", "TERM": "xterm"}
LIMIT = 60  # seconds; a test that is well needs a small part of it


def search(*arguments, cwd=None, prefix=(), **more):
    """Runs it to its end, and gives its exit status, output and errors."""
    done = subprocess.run([*prefix, BINARY, *arguments], cwd=cwd, env=ENVIRONMENT, timeout=LIMIT, check=False,
                          **({"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | more))
    return done.returncode, done.stdout, done.stderr


@contextlib.contextmanager
def started(*arguments, cwd=None, **more):
    """Starts it; it is gone when the block is left. Ctrl-C reaches it, however we were started."""
    usual = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "env": ENVIRONMENT,
             "bufsize": 0,  # communicate() gives what readline() has left
             "preexec_fn": lambda: signal.signal(signal.SIGINT, signal.SIG_DFL)}
    child = subprocess.Popen([BINARY, *arguments], cwd=cwd, stdin=subprocess.DEVNULL, **usual | more)
    try:
        yield child
    finally:
        child.kill()
        child.wait(LIMIT)
        for pipe in (child.stdout, child.stderr):
            if pipe:
                pipe.close()


def in_each_form(test):
    """Calls a test with the options of each form."""
    @functools.wraps(test)
    def run(self):
        for name, form in FORMS.items():
            with self.subTest(form=name):
                test(self, form)
    return run


def grep(*arguments, cwd=None):
    done = subprocess.run(["grep", "-rF", *arguments], cwd=cwd, env=ENVIRONMENT, timeout=LIMIT,
                          check=False, stdin=subprocess.DEVNULL, capture_output=True)
    return done.returncode, done.stdout, done.stderr


def lines(text):
    """The lines in an order that does not depend on who came first."""
    return sorted(text.split(b"\n"))


@contextlib.contextmanager
def folder():
    """A new directory."""
    with tempfile.TemporaryDirectory() as name:
        path = pathlib.Path(name)
        yield path


def without_root_rights():
    """What to put before a command so that the rights of files count for it."""
    if os.geteuid() != 0:
        return []
    return ["setpriv", "--bounding-set=-dac_override,-dac_read_search"]
