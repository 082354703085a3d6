"""What is measured: the cases, the peers, and the bars that the library is held to."""
import dataclasses

OURS = "concur"


@dataclasses.dataclass(frozen=True)
class Case:
    name: str
    title: str
    unit: str  # what one figure is the cost of


CASES = (
    Case("submit_result", "submit + result, one submitter", "task"),
    Case("fire_and_forget", "fire and forget", "task"),
    Case("round_trip", "round trip of one task", "trip"),
    Case("four_producers", "submit + result, four submitters", "task"),
    Case("fork_join", "fib(27), each call a task", "call"),
    Case("map", "map over 1 M integers", "element"),
)
IDLE = Case("idle", "idle pool", "second")

# Program, and the name shown; in the order of the table.
PEERS = {
    "concur": OURS,
    "parking": "yardstick, parks",
    "spinning": "yardstick, spins",
    "asio": "Boost.Asio",
    "tbb": "oneTBB",
    "thread_pool": "libthread-pool-dev",
    "textbook": "textbook pool",
    "async": "std::async",
    "python": "Python",
}
FLOORS = ("yardstick, parks", "yardstick, spins")


@dataclasses.dataclass(frozen=True)
class Bar:
    text: str
    value: float | None
    limit: float

    @property
    def state(self):
        if self.value is None:
            return "not measured"
        return "holds" if self.value <= self.limit else "DOES NOT HOLD"


def bars(results):
    """The first bar of the project: medians, so that one unlucky pass decides nothing."""
    def median(peer):
        return results["cases"].get("submit_result", {}).get(peer, {}).get("ns")

    def ratio(peer, times):
        ours, theirs = median(OURS), median(peer)
        return times * ours / theirs if ours and theirs else None

    yield Bar("submit + result is at least as fast as Boost.Asio's pool", ratio("Boost.Asio", 1), 1)
    yield Bar("submit + result is at least 20 times as fast as Python's", ratio("Python", 20), 1)
    yield Bar("submit + result takes one allocation a task",
              results["allocations"].get(OURS, {}).get("blocks"), 1.01)
