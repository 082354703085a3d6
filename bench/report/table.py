"""The figures as text."""
from .compile_time import EMPTY
from .suite import OURS


def shown(ns):
    """0.12 ns, 143 ns, 12.3 us, 4.56 ms."""
    if ns >= 999_500:
        return f"{ns / 1e6:.0f} ms" if ns >= 99.95e6 else f"{ns / 1e6:.3g} ms"
    if ns >= 99_950:
        return f"{ns / 1000:.0f} us"
    if ns >= 9_995:
        return f"{ns / 1000:.1f} us"
    if ns >= 99.95:
        return f"{ns:.0f} ns"
    return f"{ns:.1f} ns" if ns >= 9.995 else f"{ns:.2f} ns"


def times(ratio):
    """How much slower than we are: 1.0 is the same."""
    if ratio >= 9.95:
        return f"{ratio:.0f}x"
    return f"{ratio:.1f}x" if ratio >= 0.995 else f"{ratio:.2f}x"


def print_all(results, suite):
    for case in suite.cases:
        if case.name in results["cases"]:
            print_case(case, results["cases"][case.name])
    print_resources(results)
    print_list("the pieces, on this machine", {k: shown(v) for k, v in results["primitives"].items()})
    print_list("to compile a file that submits one task: processor time, and how many empty files that is",
               {k: f"{s:>7.2f} s {s / results['compile_seconds'][EMPTY]:>5.0f}"
                for k, s in results["compile_seconds"].items()})
    print_list("futures: each of n = 100,000 and of 2 n, of n = 500,000 and of 2 n; time(2n) / time(n)",
               {k: " ".join(f"{shown(a):>9} {shown(b):>9}  {2 * b / a:.2f}" for a, b in zip(ns[::2], ns[1::2]))
                for k, ns in results["futures"].items()})
    print()
    for bar in suite.bars(results):
        print(f"{bar.state:>13}: {bar.text}" + (f": {bar.found}" if bar.found else ""))
    others = results["method"]["other_load_cores"]
    if others > 0.2:
        print(f"\nOthers kept {others:.1f} cores busy meanwhile: compare the ratios only.")


def print_case(case, cells):
    ours = cells.get(OURS, {}).get("ns")
    print(f"\n{case.title}, per {case.unit}")
    more = f"{'cpu':>9} {'switches':>9}" if any("cpu_ns" in c for c in cells.values()) else ""
    print(f"  {'':22}{'median':>9} {'min':>9} {'spread':>7} {'vs us':>7} {more}")
    for peer, cell in cells.items():
        if "skipped" in cell:
            print(f"  {peer:22}{'-':>9}   {cell['skipped']}")
            continue
        ratio = times(cell["ns"] / ours) if ours else ""
        print(f"  {peer:22}{shown(cell['ns']):>9} {shown(cell['min']):>9} {cell['spread']:>6.0%} "
              f"{ratio:>7} {details(cell)}")


def details(cell):
    """What only some suites know."""
    if "cpu_ns" not in cell:
        return f"p99 {shown(cell['p99'])}" if "p99" in cell else ""
    worst = f"  worst {shown(cell['worst'])}" if "worst" in cell else ""
    return f"{shown(cell['cpu_ns']):>9} {cell['switches']:>9.4f}{worst}"


def print_resources(results):
    if not results["allocations"] and not results["idle_cpu_percent"]:
        return
    print(f"\n  {'':22}{'allocations':>12} {'bytes':>7} {'idle CPU':>9}")
    for peer in dict.fromkeys([*results["allocations"], *results["idle_cpu_percent"]]):
        counted = results["allocations"].get(peer)
        idle = results["idle_cpu_percent"].get(peer)
        print(f"  {peer:22}"
              + (f"{counted['blocks']:>12.2f} {counted['bytes']:>7.0f}" if counted else f"{'-':>12} {'-':>7}")
              + (f"{idle:>8.3f}%" if idle is not None else ""))


def print_list(title, lines):
    if lines:
        print(f"\n{title}")
    for name, text in lines.items():
        print(f"  {name:40}{text:>12}")
