"""What a suite of measurements is made of: its cases, its peers, and the bars it is held to."""
import collections.abc
import dataclasses

OURS = "concur"


@dataclasses.dataclass(frozen=True)
class Case:
    name: str
    title: str
    unit: str           # what one figure is the cost of
    asked: str = ""     # what a program is asked for, where it has another name there
    busy: bool = False  # beside a neighbour that keeps one core busy


@dataclasses.dataclass(frozen=True)
class Peer:
    name: str                         # as it is shown
    program: str                      # PROGRAM_bench of the build, or a script in peers/
    arguments: tuple[str, ...] = ()   # besides the case and the options
    only: tuple[str, ...] = ()        # the cases that it has; none named: all
    floor: bool = False               # a yardstick or a limit of the machine, not a library

    def has(self, case):
        return not self.only or case in self.only


@dataclasses.dataclass(frozen=True)
class Bar:
    text: str
    value: float | None
    limit: float
    figure: str = ""  # what was found, where it is more than the value

    @property
    def found(self):
        if self.value is None:
            return ""
        return self.figure or f"{self.value:.3g} of {self.limit:g}"

    @property
    def state(self):
        if self.value is None:
            return "not measured"
        return "holds" if self.value <= self.limit else "DOES NOT HOLD"


@dataclasses.dataclass(frozen=True)
class Suite:
    name: str                  # of the files in results/
    title: str
    cases: tuple[Case, ...]
    peers: tuple[Peer, ...]    # in the order of the tables
    bars: collections.abc.Callable  # of the results

    @property
    def floors(self):
        return {p.name for p in self.peers if p.floor}


def median(results, case, peer):
    """Nanoseconds; None where it was not measured."""
    return results["cases"].get(case, {}).get(peer, {}).get("ns")
