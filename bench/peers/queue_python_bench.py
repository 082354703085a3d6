"""Python's own queues, measured as the C++ programs beside this one are: SimpleQueue, or Queue with --peer queue."""
import argparse
import json
import queue
import statistics
import threading
import time

BOUND = 1024
MANY, FEW, ASLEEP = 40_000, 4_000, 50


def put_all(q, n):
    for i in range(1, n + 1):
        q.put(i)


def get_all(q, n, sums):
    sums.append(sum(q.get() for _ in range(n)))


def flow(q, putters, getters, n):
    sums = []
    threads = [threading.Thread(target=put_all, args=(q, n // putters)) for _ in range(putters)]
    threads += [threading.Thread(target=get_all, args=(q, n // getters, sums)) for _ in range(getters)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    each = n // putters
    assert sum(sums) == putters * each * (each + 1) // 2


def alone(q, n):
    for _ in range(n):
        q.put(1)
        q.get()


class Trips:
    """Two queues, and a thread that sends back what comes."""

    def __init__(self, make):
        self.there, self.back = make(), make()
        self.other = threading.Thread(target=self.answer)
        self.other.start()

    def answer(self):
        while self.there.get():
            self.back.put(1)

    def make(self):
        self.there.put(1)
        self.back.get()

    def close(self):
        self.there.put(0)
        self.other.join()


def timed(call, n):
    call()
    begin = time.perf_counter_ns()
    call()
    return {"ns": (time.perf_counter_ns() - begin) / n}


def asleep(trips, n):
    times = []
    for _ in range(n):
        time.sleep(0.002)
        begin = time.perf_counter_ns()
        trips.make()
        times.append(time.perf_counter_ns() - begin)
    return {"ns": statistics.median(times), "p99": max(times)}


def handover(q, n):
    """From before an item is put until a getter that slept has it."""
    times = []

    def get_all():
        for _ in range(n):
            put = q.get()
            times.append(time.perf_counter_ns() - put)

    getter = threading.Thread(target=get_all)
    getter.start()
    for _ in range(n):
        time.sleep(0.002)
        q.put(time.perf_counter_ns())
    getter.join()
    return {"ns": statistics.median(times), "p99": max(times)}


def there_and_back(case, make, shrink):
    trips = Trips(make)
    try:
        if case == "queue_trip_asleep":
            return asleep(trips, max(ASLEEP // shrink, 2))
        n = max(FEW // shrink, 4)
        return timed(lambda: [trips.make() for _ in range(n)], n)
    finally:
        trips.close()


def measure(case, is_simple, shrink):
    make = queue.SimpleQueue if is_simple else queue.Queue
    if case.startswith("queue_trip"):
        return there_and_back(case, make, shrink)
    if case == "queue_handover":
        return handover(make(), max(ASLEEP // shrink, 2))
    if is_simple and case.endswith("_bounded"):
        return {"absent": "it has no bound"}
    q = queue.Queue(BOUND) if case.endswith("_bounded") else make()
    n = max(MANY // shrink // 4, 1) * 4
    if case == "queue_alone":
        return timed(lambda: alone(q, n), n)
    putters, getters = (int(number) for number in case.split("_")[1:3])
    return timed(lambda: flow(q, putters, getters, n), n)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("case")
    parser.add_argument("--peer", default="simple")
    parser.add_argument("--shrink", type=int, default=1)
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    print(json.dumps(measure(options.case, options.peer == "simple", options.shrink)))


main()
