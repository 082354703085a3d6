"""The machine in words: enough to compare figures, nothing that names it."""
import os
import pathlib
import platform
import re
import resource
import subprocess
import time


def describe(build):
    return {
        "cores": len(os.sched_getaffinity(0)),
        "cpu": cpu_model(),
        "kernel": platform.release().split("-")[0],
        "system": system(),
        "libc": " ".join(platform.libc_ver()),
        "compiler": compiler(build),
        "python": python_version(),
        "node": output(["node", "--version"]),
        "packages": packages("libtbb-dev", "libboost-dev", "libboost-thread-dev", "libthread-pool-dev", "golang-go",
                             "rustc", "librust-rayon-dev", "libconcurrentqueue-dev", "libabsl-dev", "libglib2.0-dev"),
    }


def cpu_model():
    for line in pathlib.Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.machine()


def system():
    try:
        return platform.freedesktop_os_release()["PRETTY_NAME"]
    except (OSError, KeyError):
        return platform.system()


def compiler(build):
    """Name, version and flags, out of the cache of the build."""
    for folder in (build, *build.parents):
        cache = folder / "CMakeCache.txt"
        if cache.is_file():
            break
    else:
        return "unknown"
    values = dict(re.findall(r"^(\w+):\w+=(.*)$", cache.read_text(encoding="utf-8"), re.MULTILINE))
    flags = values.get("CMAKE_CXX_FLAGS_" + values.get("CMAKE_BUILD_TYPE", "").upper(), "")
    version = output([values.get("CMAKE_CXX_COMPILER", "c++"), "-dumpfullversion", "-dumpversion"])
    name = pathlib.Path(values.get("CMAKE_CXX_COMPILER", "c++")).name
    return f"{name} {version} {flags}".strip()


def python_version():
    return output(["/usr/bin/python3", "-c", "import platform; print(platform.python_version())"])


def packages(*names):
    found = {}
    for name in names:
        version = output(["dpkg-query", "-W", "-f=${Version}", name])
        if version:
            found[name] = version
    return found


def output(command):
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


class OtherLoad:
    """How many cores others kept busy meanwhile: what is known of it goes beside the figures."""

    def __init__(self):
        self.began = time.monotonic()
        self.all = busy_seconds()
        self.ours = own_seconds()

    def cores(self):
        wall = time.monotonic() - self.began
        others = (busy_seconds() - self.all) - (own_seconds() - self.ours)
        return max(others, 0) / wall if wall > 0 else 0


def busy_seconds():
    fields = pathlib.Path("/proc/stat").read_text(encoding="utf-8").split("\n", 1)[0].split()[1:]
    ticks = [int(f) for f in fields]
    idle = ticks[3] + ticks[4]
    return (sum(ticks[:8]) - idle) / os.sysconf("SC_CLK_TCK")


def own_seconds():
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(u.ru_utime + u.ru_stime for u in used)
