"""The processor time of a program with all the processes that it has started."""
import pathlib

PROC = pathlib.Path("/proc")


def processor_ns(session):
    """Of all living threads in processes of this session, or below one of them. By nanoseconds where
    the kernel counts those, else by its ticks."""
    return sum(thread_ns(task) for pid in members(session) for task in listed(PROC / str(pid) / "task"))


def members(session):
    """By session, and by parent: a process may have left the session that it was born in."""
    parent, inside = {}, set()
    for folder in listed(PROC):
        fields = stat_fields(folder)
        if not folder.name.isdecimal() or not fields:
            continue
        pid = int(folder.name)
        parent[pid] = int(fields[1])
        if int(fields[3]) == session:
            inside.add(pid)
    grown = True
    while grown:
        more = {pid for pid, above in parent.items() if above in inside} - inside
        inside |= more
        grown = bool(more)
    return inside


def thread_ns(task):
    try:
        used = int((task / "schedstat").read_text(encoding="utf-8").split()[0])
    except (OSError, IndexError):
        used = 0
    return used or ticks(stat_fields(task))


def ticks(fields):
    return (int(fields[11]) + int(fields[12])) * 10_000_000 if fields else 0


def stat_fields(folder):
    """Those behind the name, which may hold blanks: state, parent, group, session, ..."""
    try:
        return (folder / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except OSError:
        return []


def listed(folder):
    try:
        return list(folder.iterdir())
    except OSError:
        return []
