"""A process beside the one that is measured, which keeps one core busy."""
import contextlib
import subprocess


@contextlib.contextmanager
def busy(folder):
    """It ends with its input, so none is left behind whatever becomes of us."""
    with subprocess.Popen([folder / "neighbour_bench"], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as neighbour:
        neighbour.stdout.readline()
        yield
