"""What is measured of pools of processes, and the limits of the machine that stand beside it."""
from .suite import OURS, Bar, Case, Peer, Suite, median

CASES = (
    Case("process_tasks", "empty tasks through futures", "task"),
    Case("process_trip", "round trip, back to back", "trip"),
    Case("process_trip_asleep", "round trip, everybody asleep before", "trip"),
    Case("process_echo_1mb", "1 MB there and back", "trip"),
    Case("process_echo_64mb", "64 MB there and back", "trip"),
    Case("process_view_64mb", "64 MB there, as a view", "trip"),
    Case("process_map", "map over 1 M integers, 100 a chunk", "element"),
    Case("process_start", "a pool's first result, one worker", "pool"),
    Case("process_one_more", "one more worker, to its first result", "worker"),
    Case("process_replace", "SIGKILL until the next worker has answered", "worker"),
)

TRIPS = ("process_trip", "process_trip_asleep")
COPIES = ("process_echo_1mb", "process_echo_64mb", "process_view_64mb")
STARTS = ("process_start", "process_one_more", "process_replace")

RING_SPINS = "limit: ring, spins"
RING_SLEEPS = "limit: ring, sleeps"
WARM = "limit: memcpy, warm"


def limit(name, peer, cases):
    return Peer(name, "limits", ("--peer", peer), cases, floor=True)


def script(name, program, peer):
    return Peer(name, program, ("--peer", peer))


PEERS = (
    Peer(OURS, "process_pool"),
    limit(RING_SPINS, "ring_spins", ("process_tasks", "process_trip")),
    limit(RING_SLEEPS, "ring_sleeps", ("process_tasks", *TRIPS)),
    limit("limit: pipe", "pipe", TRIPS),
    limit(WARM, "memcpy_warm", COPIES),
    limit("limit: memcpy, fresh", "memcpy_fresh", COPIES),
    limit("limit: fork", "fork", STARTS),
    script("Python, fork", "python_process_bench.py", "fork"),
    script("Python, forkserver", "python_process_bench.py", "forkserver"),
    script("Python, Pool", "python_process_bench.py", "pool"),
    Peer("node workerpool", "workerpool_bench.js"),
)

PYTHONS = ("Python, fork", "Python, forkserver")


def bars(results):
    def ours(case):
        return median(results, case, OURS)

    def over(case, peer):
        mine, theirs = ours(case), median(results, case, peer)
        return mine / theirs if mine and theirs else None

    tasks = ours("process_tasks")
    python = [over("process_tasks", p) for p in PYTHONS]
    start = ours("process_one_more")
    p99 = results["cases"].get("process_replace", {}).get(OURS, {}).get("p99")
    yield Bar("at least 1 M empty tasks a second", tasks and tasks / 1000, 1)
    yield Bar("empty tasks at least 50 times as fast as Python's executor",
              None if None in python else 50 * max(python), 1)
    yield Bar("a round trip, spinning, takes at most 2 of a bare ring's", over("process_trip", RING_SPINS), 2)
    yield Bar("a round trip, asleep, takes at most 2 of a bare ring's",
              over("process_trip_asleep", RING_SLEEPS), 2)
    yield Bar("64 MB there and back take at most 2 times two memcpys", over("process_echo_64mb", WARM), 2)
    yield Bar("64 MB as a view take at most 1.3 memcpys", over("process_view_64mb", WARM), 1.3)
    yield Bar("one more worker takes at most 1 ms", start and start / 1e6, 1)
    yield Bar("99 of 100 replacements take at most 100 ms", p99 and p99 / 1e8, 1)
    yield Bar("an idle pool takes no processor (0.05 % at most)",
              results["idle_cpu_percent"].get(OURS), 0.05)


SUITE = Suite("processes", "Pools of processes: time per piece of work", CASES, PEERS, bars)
