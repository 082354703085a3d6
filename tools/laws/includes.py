"""Who may include whom."""
import re

from .companions import BORROWED
from .tree import Finding, includes, room

FLOORS = {
    "platform": 0,
    "core": 1,
    "threading": 2, "queue": 2, "pickle": 2, "topology": 2,
    "futures": 3,
    "multiprocessing": 4,
    "executors": 5,
    "asyncio": 6,
    "cluster": 7, "trace": 7,
    "": 8,  # the umbrellas: src/concur/*.hpp
}
SAME_FLOOR = {("queue", "threading")}
ATOMIC = "src/concur/core/atomic.hpp"  # the one door of the model checker


def own_includes(tree, path):
    """(line, path of the included file from the root) of each include of ours."""
    for line, name, _ in includes(tree.text(path)):
        if name.startswith("concur/"):
            yield line, "src/" + name


def may_include(user, used):
    if user == used or (user, used) in SAME_FLOOR:
        return True
    return FLOORS[used] < FLOORS[user]


def floors(tree):
    """An include points to the same room or to a lower floor."""
    for path in tree.source:
        here = room(path)
        if here not in FLOORS:
            yield Finding(path, 1, f"room '{here}' has no floor; give it one in tools/laws")
            continue
        for line, target in own_includes(tree, path):
            there = room(target)
            if not tree.has(target):
                yield Finding(path, line, f"there is no {target}")
            elif there not in FLOORS or not may_include(here, there):
                yield Finding(path, line, f"'{here or 'umbrella'}' may not include"
                              f" '{there or 'an umbrella'}': includes point down")
        yield from quoted_strangers(tree, path)


def quoted_strangers(tree, path):
    for line, name, quoted in includes(tree.text(path)):
        if quoted and not name.startswith("concur/") and path != ATOMIC:
            yield Finding(path, line, f'"{name}": write the path from src ("concur/room/name.hpp")')


def circles(tree):
    """No header includes itself by way of others."""
    edges = {p: [t for _, t in own_includes(tree, p) if tree.has(t)] for p in tree.source}
    state = {}

    def visit(path, trail):
        state[path] = "open"
        for target in edges.get(path, ()):
            if state.get(target) == "open":
                ring = trail[trail.index(target):] + [target]
                yield Finding(path, 1, "a circle of includes: " + " -> ".join(ring))
            elif target not in state:
                yield from visit(target, trail + [target])
        state[path] = "done"

    for path in tree.source:
        if path not in state:
            yield from visit(path, [path])


CONDITION = re.compile(r"^[ \t]*#[ \t]*(?:if|ifdef|ifndef|elif)\b", re.MULTILINE)


def sees_the_system(path):
    return path == ATOMIC or (room(path) == "platform" and path.endswith(".cpp"))


def platform(tree):
    """No #if and no header of the system or of C outside platform/*.cpp."""
    for path in tree.source:
        if sees_the_system(path):
            continue
        bare = tree.bare(path)
        for match in CONDITION.finditer(bare):
            yield Finding(path, bare.count("\n", 0, match.start()) + 1,
                          "#if outside platform/*.cpp: put the difference into a file per system")
        for line, name, quoted in includes(tree.text(path)):
            foreign = name.endswith(".h") or ("/" in name and not name.startswith("concur/"))
            if not quoted and foreign and path not in BORROWED:
                yield Finding(path, line, f"<{name}> outside platform/*.cpp: ask platform for it")
