"""Python's own pools of processes, measured as the C++ programs beside this one are: --peer is fork or
forkserver for ProcessPoolExecutor, or pool for multiprocessing.Pool."""
import argparse
import concurrent.futures
import json
import multiprocessing
import os
import signal
import statistics
import sys
import time


class Skipped(Exception):
    pass


# --- what the workers run -------------------------------------------------------------------------

def empty_task():
    return 1


def echo(data):
    return data


def ends_of(data):
    return data[0] + data[-1]


def twice_plus_one(x):
    return 2 * x + 1


# --- the two kinds of pool, with the same methods -------------------------------------------------

class Executor:
    def __init__(self, method, workers):
        if method == "fork" and workers is None:
            raise Skipped("starts all its workers at once")
        context = multiprocessing.get_context(method)
        self.pool = concurrent.futures.ProcessPoolExecutor(workers or 9, mp_context=context)

    def submit(self, fn, *args):
        return self.pool.submit(fn, *args)

    @staticmethod
    def get(future):
        return future.result()

    def map(self, fn, items):
        return self.pool.map(fn, items, chunksize=100)

    def close(self):
        self.pool.shutdown()

    @staticmethod
    def replace(times):
        raise Skipped("a dead worker breaks the pool for ever")

    def one_more(self, times):
        """Sleeping tasks keep the others busy, so each task that comes needs one worker more."""
        self.submit(empty_task).result()
        seen = []
        for _ in range(times):
            self.submit(time.sleep, 0.5)
            seen.append(timed(lambda: self.submit(empty_task).result()))
        return seen


class Pool:
    def __init__(self, workers):
        self.pool = multiprocessing.Pool(workers or 1, maxtasksperchild=None if workers else 1)

    def submit(self, fn, *args):
        return self.pool.apply_async(fn, args)

    @staticmethod
    def get(result):
        return result.get()

    def map(self, fn, items):
        return self.pool.map(fn, items, chunksize=100)

    def close(self):
        self.pool.close()
        self.pool.join()

    @staticmethod
    def replace(times):
        raise Skipped("an idle worker dies with the queue's lock: hangs")

    def one_more(self, times):
        """Each worker ends after one task."""
        return [timed(lambda: self.submit(os.getpid).get()) for _ in range(times)]


def pool_of(kind, workers):
    return Pool(workers) if kind == "pool" else Executor(kind, workers)


# --- the cases ------------------------------------------------------------------------------------

def timed(call):
    begin = time.perf_counter_ns()
    call()
    return time.perf_counter_ns() - begin


def distribution(times):
    times = sorted(times)
    n = len(times)
    return {"ns": statistics.median(times), "p99": times[n - 1 - n // 100]}


def per_piece(n, call):
    """A pass to warm up, then the one that counts."""
    call()
    return {"ns": timed(call) / n}


def tasks(pool, options):
    n = options.times(10_000)

    def all_of_them():
        futures = [pool.submit(empty_task) for _ in range(n)]
        assert sum(pool.get(f) for f in futures) == n
    return per_piece(n, all_of_them)


def trip(pool, options):
    n = options.times(2_000)

    def one_by_one():
        assert sum(pool.get(pool.submit(empty_task)) for _ in range(n)) == n
    return per_piece(n, one_by_one)


def trip_asleep(pool, options):
    pool.get(pool.submit(empty_task))
    seen = []
    for _ in range(options.times(200)):
        time.sleep(0.002)
        seen.append(timed(lambda: pool.get(pool.submit(empty_task))))
    return distribution(seen)


def with_data(fn, megabytes, usual):
    """As bytes, which pickle copies and does nothing else to."""
    def measure(pool, options):
        data = bytes(8192 if options.shrink > 100 else megabytes << 20)
        pool.get(pool.submit(fn, data))
        return distribution([timed(lambda: pool.get(pool.submit(fn, data)))
                             for _ in range(options.times(usual))])
    return measure


def map_items(pool, options):
    n = options.times(1_000_000)

    def whole():
        assert sum(pool.map(twice_plus_one, range(n))) == n * n
    return per_piece(n, whole)


def idle(pool, options):
    for f in [pool.submit(empty_task) for _ in range(options.times(1000))]:
        pool.get(f)
    print("at rest", flush=True)
    sys.stdin.read()


def start(options):
    begin = time.perf_counter_ns()
    pool = pool_of(options.peer, 1)
    pool.get(pool.submit(empty_task))
    took = time.perf_counter_ns() - begin
    pool.close()
    return {"ns": took}


def one_more(options):
    pool = pool_of(options.peer, None)
    seen = pool.one_more(2 if options.shrink > 1 else 8)
    pool.close()
    return distribution(seen)


def replace(options):
    pool = pool_of(options.peer, 1)
    try:
        return distribution(pool.replace(options.times(20)))
    finally:
        pool.close()


CASES = {"process_tasks": tasks, "process_trip": trip, "process_trip_asleep": trip_asleep,
         "process_echo_1mb": with_data(echo, 1, 50), "process_echo_64mb": with_data(echo, 64, 3),
         "process_view_64mb": with_data(ends_of, 64, 3), "process_map": map_items, "process_idle": idle}
OWN_POOL = {"process_start": start, "process_one_more": one_more, "process_replace": replace}


def measure(options):
    if options.case in OWN_POOL:
        return OWN_POOL[options.case](options)
    pool = pool_of(options.peer, options.workers)
    try:
        return CASES[options.case](pool, options)
    finally:
        pool.close()


def parse():
    parser = argparse.ArgumentParser()
    parser.add_argument("case", choices=[*CASES, *OWN_POOL])
    parser.add_argument("--peer", choices=["fork", "forkserver", "pool"], required=True)
    parser.add_argument("--shrink", type=int, default=1)
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    options.times = lambda usual: max(usual // options.shrink, 2)
    return options


def main():
    options = parse()
    try:
        found = measure(options)
    except Skipped as why:
        found = {"skipped": str(why)}
    if found:
        print(json.dumps({"case": options.case, **found}))


if __name__ == "__main__":
    main()
