"""What is measured of locks, and of all else that threads wait with."""
from .suite import OURS, Bar, Case, Peer, Suite, median

CONTENDED = tuple(f"lock_{threads}_{length}" for length in ("short", "long") for threads in (2, 4, 8))
LENGTHS = {"short": "10 ns inside, 30 outside", "long": "1 us inside and outside"}
CASES = (
    Case("lock_alone", "lock and unlock, nobody else there", "turn"),
    *(Case(name, f"{name[5]} threads, {LENGTHS[name[7:]]}", "turn") for name in CONTENDED),
    Case("rlock_alone", "lock and unlock of a recursive lock", "turn"),
    Case("semaphore_alone", "acquire and release, nobody else there", "turn"),
    Case("semaphore_trip", "there and back by two semaphores", "trip"),
    Case("semaphore_trip_asleep", "by two semaphores, everybody asleep before", "trip"),
    Case("event_trip", "there and back by two events", "trip"),
    Case("event_trip_asleep", "by two events, everybody asleep before", "trip"),
    Case("event_1000", "an event set for a thousand threads", "thread"),
    Case("condition_trip", "there and back by two conditions", "trip"),
    Case("condition_trip_asleep", "by two conditions, everybody asleep before", "trip"),
    *(Case(f"barrier_{n}", f"a barrier of {n} threads", "thread and round") for n in (2, 8, 1000)),
)

LOCKS = ("lock_alone", *CONTENDED)
TRIPS = ("semaphore_trip", "semaphore_trip_asleep", "event_trip", "event_trip_asleep")
STD, FUTEX, NO_LOCK = "standard library", "limit: futex", "limit: no lock"
PEERS = (
    Peer(OURS, "threading"),
    Peer(FUTEX, "threading_futex", only=TRIPS, floor=True),
    Peer(NO_LOCK, "threading_futex", ("--peer", "no_lock"), CONTENDED, floor=True),
    Peer(STD, "threading_std"),
    Peer("Abseil", "threading_absl"),
    Peer("oneTBB, mutex", "threading_tbb", only=LOCKS),
    Peer("oneTBB, spin_mutex", "threading_tbb", ("--peer", "spin"), LOCKS),
    Peer("oneTBB, queuing_mutex", "threading_tbb", ("--peer", "queuing"), LOCKS),
    Peer("Boost.Thread", "threading_boost"),
    Peer("pthread spin, sem_t", "threading_pthread"),
)


def best(results, case):
    """The fastest library but ours; None where none was measured."""
    others = {peer: cell["ns"] for peer, cell in results["cases"].get(case, {}).items()
              if "ns" in cell and peer not in (OURS, FUTEX, NO_LOCK)}
    return min(others, key=others.get, default=None)


def against(results, text, case, theirs, limit):
    ours, other = median(results, case, OURS), theirs and median(results, case, theirs)
    if not ours or not other:
        return Bar(text, None, limit)
    return Bar(text, ours / other, limit, f"{ours / other:.2f} of {limit:.2f} ({theirs})")


def bars_of_contention(results):
    for name in CONTENDED:
        text = f"{name[5]} threads, {name[7:]} sections"
        yield against(results, f"{text}: at least 0.9 of the best peer's turns", name, best(results, name), 1 / 0.9)
        worst, away = (results["cases"].get(name, {}).get(peer, {}).get("worst") for peer in (OURS, NO_LOCK))
        is_there = worst is not None and away is not None
        yield Bar(f"{text}: nobody waits 5 ms longer than threads do that have no lock",
                  max(worst - away, 0) / 5e6 if is_there else None, 1,
                  f"{worst / 1e6:.2g} ms and {away / 1e6:.2g} ms" if is_there else "")


def bars(results):
    yield against(results, "lock and unlock take no more than those of std::mutex", "lock_alone", STD, 1)
    yield from bars_of_contention(results)
    few, many = median(results, "barrier_8", OURS), median(results, "barrier_1000", OURS)
    yield Bar("a thread of a thousand at a barrier costs at most 3 of one of eight",
              few and many and many / few, 3)
    yield against(results, "an event for a thousand threads takes no more than the standard library's", "event_1000",
                  STD, 1)


SUITE = Suite("threading", "Locks and what threads wait with", CASES, PEERS, bars)
