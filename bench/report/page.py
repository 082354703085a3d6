"""The tables of docs/reference/benchmarks.md, out of the results: python3 -B -m report.page SUITE, in
bench/."""
import json
import pathlib
import sys

from . import cases, pickle_cases, process_cases, queue_cases, threading_cases
from .suite import OURS
from .table import shown, times

SUITES = {s.name: s for s in (cases.SUITE, process_cases.SUITE, pickle_cases.SUITE, queue_cases.SUITE,
                           threading_cases.SUITE)}
RESULTS = pathlib.Path(__file__).resolve().parents[1] / "results"


def against_others(results, suite):
    """Our median time, and how many times ours each other peer takes."""
    shown_cases = [c for c in suite.cases if c.name in results["cases"]]
    yield "| | " + " | ".join(c.title for c in shown_cases) + " |"
    yield "|---|" + "--:|" * len(shown_cases)
    for peer in suite.peers:
        cells = [cell(results["cases"][c.name], peer.name) for c in shown_cases]
        if any(cells):
            name = f"**{peer.name}**" if peer.name == OURS else peer.name
            yield f"| {name} | " + " | ".join(c or "\u2013" for c in cells) + " |"


def cell(found, peer):
    ns, ours = found.get(peer, {}).get("ns"), found.get(OURS, {}).get("ns")
    if peer == OURS:
        return ns and f"**{shown(ns)}**"
    return ns and ours and times(ns / ours)


def bars(results, suite):
    yield "| wanted | found, of what is allowed |"
    yield "|---|---|"
    for bar in suite.bars(results):
        yield f"| {bar.text} | {bar.state}{bar.found and ': '}{bar.found} |"


def main():
    suite = SUITES[sys.argv[1]]
    results = json.loads((RESULTS / f"{suite.name}.json").read_text(encoding="utf-8"))
    for lines in (against_others(results, suite), bars(results, suite)):
        print("\n".join(lines), end="\n\n")


if __name__ == "__main__":
    main()
