"""What a small program costs to compile that submits one task: processor seconds of g++ -O2."""
import os
import pathlib
import shutil
import subprocess
import tempfile

from .suite import OURS

HERE = pathlib.Path(__file__).resolve().parents[1]
EMPTY = "empty file"
FILES = {
    OURS: "concur.cpp",
    EMPTY: "empty.cpp",
    "std::async": "async.cpp",
    "Boost.Asio": "asio.cpp",
    "Boost.Thread": "boost_thread.cpp",
    "oneTBB": "tbb.cpp",
    "libthread-pool-dev": "thread_pool.cpp",
}
SMALLEST = (OURS, EMPTY)


def seconds(name):
    """User and system time of the compiler and what it starts; None where it fails."""
    if not shutil.which("g++"):
        return None
    with tempfile.TemporaryDirectory() as folder:
        command = ["g++", "-std=c++20", "-O2", "-I", HERE.parent / "src", "-c", HERE / "compile" / FILES[name],
                   "-o", pathlib.Path(folder) / "compiled.o"]
        with subprocess.Popen(command, stderr=subprocess.DEVNULL) as compiler:
            _, status, used = os.wait4(compiler.pid, 0)
            compiler.returncode = os.waitstatus_to_exitcode(status)
    return used.ru_utime + used.ru_stime if compiler.returncode == 0 else None
