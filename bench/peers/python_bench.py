"""Python's own ThreadPoolExecutor, measured as the C++ programs beside this one are."""
import argparse
import concurrent.futures
import json
import resource
import threading
import time


def empty_task():
    return 1


def twice_plus_one(x):
    return 2 * x + 1


class Skipped(Exception):
    pass


def submit_result(pool, n):
    futures = [pool.submit(empty_task) for _ in range(n)]
    assert sum(f.result() for f in futures) == n


def fire_and_forget(pool, n):
    left = n
    lock = threading.Lock()
    done = threading.Event()

    def arrive():
        nonlocal left
        with lock:
            left -= 1
            last = left == 0
        if last:
            done.set()

    for _ in range(n):
        pool.submit(arrive)
    done.wait()


def round_trip(pool, n):
    assert sum(pool.submit(empty_task).result() for _ in range(n)) == n


def four_producers(pool, n):
    producers = [threading.Thread(target=submit_result, args=(pool, n // 4)) for _ in range(4)]
    for p in producers:
        p.start()
    for p in producers:
        p.join()


def fork_join(pool, n):
    raise Skipped("a task that waits for a task blocks its worker: hangs")


def map_items(pool, n):
    assert sum(pool.map(twice_plus_one, range(n))) == n * n


def idle(pool, n):
    del pool
    time.sleep(1 if n > 1 else 0.01)


CASES = {"submit_result": (submit_result, 20_000), "fire_and_forget": (fire_and_forget, 20_000),
         "round_trip": (round_trip, 2_000), "four_producers": (four_producers, 20_000),
         "fork_join": (fork_join, 1), "map": (map_items, 20_000), "idle": (idle, 1000)}


def measure(call, pool, n):
    begin = time.perf_counter_ns()
    before = resource.getrusage(resource.RUSAGE_SELF)
    call(pool, n)
    after = resource.getrusage(resource.RUSAGE_SELF)
    wall = time.perf_counter_ns() - begin
    cpu = 1e9 * (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    switches = after.ru_nvcsw + after.ru_nivcsw - before.ru_nvcsw - before.ru_nivcsw
    return {"ns": wall / n, "cpu_ns": cpu / n, "switches": switches / n,
            "cpu_percent": 100 * cpu / wall}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("case")
    parser.add_argument("--shrink", type=int, default=1)
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    if options.case not in CASES:
        print(json.dumps({"absent": "Python has no form for it"}))
        return
    call, usual = CASES[options.case]
    n = max(usual // options.shrink // 4, 1) * 4
    try:
        with concurrent.futures.ThreadPoolExecutor(options.workers) as pool:
            call(pool, n) if options.case != "idle" else submit_result(pool, 1000)
            print(json.dumps({"case": options.case, **measure(call, pool, n)}))
    except Skipped as why:
        print(json.dumps({"skipped": str(why)}))


main()
