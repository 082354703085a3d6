import os
import queue
import sys
import threading

SEARCHERS = 4
ON_THEIR_WAY = 500  # files that are found and not yet printed, at most


def files_below(place):
    try:
        names = sorted(os.listdir(place))
    except OSError:
        return
    for name in names:
        path = os.path.join(place, name)
        if os.path.islink(path):
            continue
        if os.path.isdir(path):
            yield from files_below(path)
        elif os.path.isfile(path):
            yield path


def lines_with(needle, path):
    name = os.fsencode(path)
    try:
        with open(path, "rb") as file:
            return b"".join(b"%s:%d:%s\n" % (name, number, line.rstrip(b"\n"))
                            for number, line in enumerate(file, 1) if needle in line)
    except OSError:
        return b"%s: cannot be read\n" % name


def walk(roots):
    number = 0
    for root in roots:
        for path in files_below(root):
            room.acquire()
            files.put((number, path))
            number += 1
    for _ in range(SEARCHERS):
        files.put(None)


def search(needle):
    while (item := files.get()) is not None:
        number, path = item
        results.put((number, lines_with(needle, path)))
    results.put(None)


def print_in_order():
    early = {}
    due = 0
    searching = SEARCHERS
    while searching:
        item = results.get()
        if item is None:
            searching -= 1
            continue
        number, text = item
        early[number] = text
        while due in early:
            sys.stdout.buffer.write(early.pop(due))
            room.release()
            due += 1


needle, *roots = sys.argv[1:]
files = queue.Queue(64)
results = queue.Queue(64)
room = threading.Semaphore(ON_THEIR_WAY)

threads = [threading.Thread(target=walk, args=(roots,))]
threads += [threading.Thread(target=search, args=(os.fsencode(needle),)) for _ in range(SEARCHERS)]
for thread in threads:
    thread.start()
print_in_order()
for thread in threads:
    thread.join()
