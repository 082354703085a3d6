"""What is measured of pools of threads."""
from .compile_time import EMPTY
from .suite import OURS, Bar, Case, Peer, Suite, median
from .table import shown

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
FLOORS = {p.name for p in PEERS if p.floor}


def best(results, case):
    """The fastest library but ours; None where none was measured."""
    others = {peer: cell["ns"] for peer, cell in results["cases"].get(case, {}).items()
              if "ns" in cell and peer != OURS and peer not in FLOORS}
    return min(others, key=others.get, default=None)


def against(results, text, case, peer, limit=1.0):
    """Holds where we take at most `limit` of what the peer takes."""
    ours, theirs = median(results, case, OURS), peer and median(results, case, peer)
    if not ours or not theirs:
        return Bar(text, None, limit)
    return Bar(text, ours / theirs, limit, f"{ours / theirs:.2f} ({shown(ours)}; {peer} {shown(theirs)})")


def at_most(results, case, ns):
    """A time of one machine: on another, the ratio beside it says more."""
    ours = median(results, case, OURS)
    title = next(c.title for c in CASES if c.name == case)
    return Bar(f"{title}: at most {ns} ns", ours, ns, ours and shown(ours))


def bars_of_time(results):
    def beside_best(case, text):
        return against(results, f"{text} takes no more than the best library", case, best(results, case))

    yield against(results, "submit + result takes no more than a bare ring that parks", "submit_result", PARKS)
    yield against(results, "submit + result takes at most a twentieth of Python's", "submit_result", "Python", 0.05)
    yield beside_best("fire_and_forget", "fire and forget")
    yield at_most(results, "fire_and_forget", 70)
    yield against(results, "a round trip takes no more than a bare ring's that spins", "round_trip", SPINS)
    yield against(results, "beside a busy neighbour it takes no more than that one's", "round_trip_busy", SPINS)
    yield beside_best("four_producers", "submit + result by four")
    yield at_most(results, "four_producers", 115)
    yield against(results, "fib with a future for each call takes at most 1.5 of oneTBB without", "fork_join", TBB, 1.5)
    yield at_most(results, "fork_join", 30)
    yield beside_best("fork_join_invoke", "fib by fork and join")
    yield at_most(results, "fork_join_invoke", 12)
    yield against(results, "1 M integers in place take no more than with oneTBB", "for_each", TBB)


def bars_of_resources(results):
    yield Bar("submit + result allocates nothing once it has run",
              results["allocations"].get(OURS, {}).get("blocks"), 0.001)
    yield Bar("submit + result changes threads at most once in 100 tasks",
              results["cases"].get("submit_result", {}).get(OURS, {}).get("switches"), 0.01)
    yield Bar("an idle pool takes less than 0.1 % of a processor", results["idle_cpu_percent"].get(OURS), 0.1)
    ours, empty = (results.get("compile_seconds", {}).get(name) for name in (OURS, EMPTY))
    yield Bar("a file that submits a task compiles in 1 s", ours, 1.0,
              ours and empty and f"{ours:.2f} s, as {ours / empty:.0f} empty files")


def bars_of_many(results):
    """Of the calls that take many futures: a million take hardly more than twice as long as half a million."""
    for name, ns in results["futures"].items():
        yield Bar(f"{name}: twice as many futures take less than 2.3 times as long", 2 * ns[-1] / ns[-2], 2.3)


def bars(results):
    yield from bars_of_time(results)
    yield from bars_of_resources(results)
    yield from bars_of_many(results)


SUITE = Suite("executors", "Time per task", CASES, PEERS, bars)
