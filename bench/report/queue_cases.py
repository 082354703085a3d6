"""What is measured of queues of 64-bit numbers."""
from .suite import OURS, Bar, Case, Peer, Suite, median

CASES = (
    Case("queue_1_1", "one puts, one gets", "item"),
    Case("queue_1_1_bounded", "one puts, one gets, room for 1024", "item"),
    Case("queue_4_4", "four put, four get", "item"),
    Case("queue_4_4_bounded", "four put, four get, room for 1024", "item"),
    Case("queue_1_4", "one puts, four get", "item"),
    Case("queue_alone", "one thread puts and gets", "item"),
    Case("queue_handover", "to a getter that sleeps", "item"),
    Case("queue_trip", "there and back by two queues", "trip"),
    Case("queue_trip_asleep", "there and back, everybody asleep before", "trip"),
)
HANDOVERS = ("queue_handover", "queue_trip", "queue_trip_asleep")
BOUNDED = ("queue_1_1_bounded", "queue_4_4_bounded")

SIMPLE, CAMEL, FUTEX = "concur, simple_queue", "moodycamel, blocking", "limit: futex"
SPINNING = ("moodycamel, spins", "Boost.Lockfree, spins")
PEERS = (
    Peer(OURS, "queue"),
    Peer(SIMPLE, "queue", ("--peer", "simple"), tuple(c.name for c in CASES if c.name not in BOUNDED)),
    Peer(FUTEX, "queue_futex", only=HANDOVERS, floor=True),
    Peer("mutex and deque", "queue_textbook"),
    Peer("oneTBB", "queue_tbb"),
    Peer(CAMEL, "queue_moodycamel"),
    Peer(SPINNING[0], "queue_moodycamel", ("--peer", "spinning")),
    Peer(SPINNING[1], "queue_lockfree"),
    Peer("GLib", "queue_glib"),
    Peer("Go", "queue_go"),
    Peer("Python, Queue", "queue_python_bench.py", ("--peer", "queue")),
    Peer("Python, SimpleQueue", "queue_python_bench.py", ("--peer", "simple")),
)
NOT_PEERS = (OURS, SIMPLE, FUTEX)


def best(results, case, but=()):
    """The fastest library but ours; None where none was measured."""
    others = {peer: cell["ns"] for peer, cell in results["cases"].get(case, {}).items()
              if "ns" in cell and peer not in NOT_PEERS and peer not in but}
    return min(others, key=others.get, default=None)


def against(results, text, case, mine, theirs, limit):
    """Holds where `mine` takes at most `limit` times as long."""
    a, b = median(results, case, mine), theirs and median(results, case, theirs)
    if not a or not b:
        return Bar(text, None, limit)
    return Bar(text, a / b, limit, f"{a / b:.2f} of {limit:.2f} ({theirs})")


def bars(results):
    for case, how in (("queue_1_1", "without a bound"), ("queue_1_1_bounded", "with one")):
        ns = median(results, case, OURS)
        yield Bar(f"one to one, {how}: at least 10 M items a second", ns and ns / 100, 1)
        yield against(results, f"one to one, {how}: at least 0.8 of the best peer's items", case, OURS,
                      best(results, case), 1 / 0.8)
    for case, how in (("queue_4_4", "without a bound"), ("queue_4_4_bounded", "with one")):
        yield against(results, f"four to four, {how}: as many items as the best peer that blocks", case, OURS,
                      best(results, case, SPINNING), 1)
    for name in (OURS, SIMPLE):
        yield against(results, f"{name}: an item is with a getter that slept in 1.1 of the futex floor", HANDOVERS[0], name,
                      FUTEX, 1.1)
    for case in ("queue_1_1", "queue_4_4"):
        yield against(results, f"simple_queue, {case[6:].replace('_', ' to ')}: at least 0.7 of moodycamel's items",
                      case, SIMPLE, CAMEL, 1 / 0.7)


SUITE = Suite("queue", "Queues: time per item", CASES, PEERS, bars)
