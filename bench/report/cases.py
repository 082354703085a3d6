"""What is measured of pools of threads."""
from .suite import OURS, Bar, Case, Peer, Suite, median

CASES = (
    Case("submit_result", "submit + result, one submitter", "task"),
    Case("submit_result_busy", "submit + result beside a busy neighbour", "task", asked="submit_result", busy=True),
    Case("fire_and_forget", "fire and forget", "task"),
    Case("four_producers", "submit + result, four submitters", "task"),
    Case("round_trip", "round trip of one task", "trip"),
    Case("round_trip_busy", "round trip beside a busy neighbour", "trip", asked="round_trip", busy=True),
    Case("fork_join", "fib(27), each call a task", "call"),
    Case("fork_join_invoke", "fib(27) by fork and join", "call"),
    Case("map", "map over 1 M integers", "element"),
    Case("for_each", "1 M integers in place", "element"),
)

PARKS, SPINS, TBB = "yardstick, parks", "yardstick, spins", "oneTBB"
PEERS = (
    Peer(OURS, "concur"),
    Peer(PARKS, "parking", floor=True),
    Peer(SPINS, "spinning", floor=True),
    Peer("Boost.Asio", "asio"),
    Peer("Boost.Thread", "boost_thread"),
    Peer(TBB, "tbb"),
    Peer("OpenMP", "openmp"),
    Peer("libthread-pool-dev", "thread_pool"),
    Peer("textbook pool", "textbook"),
    Peer("std::async", "async"),
    Peer("Go", "go"),
    Peer("rayon", "rayon"),
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
