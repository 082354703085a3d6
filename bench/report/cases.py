"""What is measured of pools of threads."""
from .suite import OURS, Bar, Case, Peer, Suite, median

CASES = (
    Case("submit_result", "submit + result, one submitter", "task"),
    Case("fire_and_forget", "fire and forget", "task"),
    Case("round_trip", "round trip of one task", "trip"),
    Case("four_producers", "submit + result, four submitters", "task"),
    Case("fork_join", "fib(27), each call a task", "call"),
    Case("map", "map over 1 M integers", "element"),
)

PEERS = (
    Peer(OURS, "concur"),
    Peer("yardstick, parks", "parking", floor=True),
    Peer("yardstick, spins", "spinning", floor=True),
    Peer("Boost.Asio", "asio"),
    Peer("oneTBB", "tbb"),
    Peer("libthread-pool-dev", "thread_pool"),
    Peer("textbook pool", "textbook"),
    Peer("std::async", "async"),
    Peer("Python", "python_bench.py"),
)


def bars(results):
    """The first bar of the project: medians, so that one unlucky pass decides nothing."""
    def ratio(peer, times):
        ours, theirs = median(results, "submit_result", OURS), median(results, "submit_result", peer)
        return times * ours / theirs if ours and theirs else None

    yield Bar("submit + result is at least as fast as Boost.Asio's pool", ratio("Boost.Asio", 1), 1)
    yield Bar("submit + result is at least 20 times as fast as Python's", ratio("Python", 20), 1)
    yield Bar("submit + result takes one allocation a task",
              results["allocations"].get(OURS, {}).get("blocks"), 1.01)


SUITE = Suite("executors", "Time per task", CASES, PEERS, bars)
