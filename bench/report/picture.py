"""The figures as a picture: one panel a case, a bar for each peer, on a logarithmic scale."""
import html
import math

from .suite import OURS
from .table import shown, times

PANEL_WIDTH, ROW, TITLE, FOOT = 470, 22, 34, 30
LABEL, RIGHT, GAP, TOP = 132, 92, 24, 62
COLUMNS = 2

STYLE = """
  text { font: 12px system-ui, sans-serif; fill: #24292f; }
  .paper { fill: #ffffff; }
  .head { font-size: 16px; font-weight: 600; }
  .title { font-size: 13px; font-weight: 600; }
  .soft { fill: #57606a; font-size: 11px; }
  .bold { font-weight: 700; }
  .halo { stroke: #ffffff; stroke-width: 4px; paint-order: stroke; }
  .grid { stroke: #e3e7eb; }
  .peer { fill: #8c959f; }
  .floor { fill: #cbd2d9; }
  .ours { fill: #0969da; }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3; }
    .paper { fill: #0d1117; }
    .soft { fill: #9198a1; }
    .halo { stroke: #0d1117; }
    .grid { stroke: #262c36; }
    .peer { fill: #6e7681; }
    .floor { fill: #3d444d; }
    .ours { fill: #4493f8; }
  }
"""


def draw(results, suite):
    panels = [(case, results["cases"][case.name]) for case in suite.cases if case.name in results["cases"]]
    lines = [panels[i:i + COLUMNS] for i in range(0, len(panels), COLUMNS)]
    body = [head(results, suite)]
    y = TOP
    for line in lines:
        for i, (case, cells) in enumerate(line):
            body.append(panel(case, cells, suite.floors, GAP + i * (PANEL_WIDTH + GAP), y))
        y += TITLE + max(len(cells) for _, cells in line) * ROW + FOOT + GAP
    size = (COLUMNS * PANEL_WIDTH + (COLUMNS + 1) * GAP, y)
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size[0]} {size[1]}" '
            f'width="{size[0]}" height="{size[1]}" role="img" '
            f'aria-label="{suite.title}, of concur and its peers">\n<style>{STYLE}</style>\n'
            '<rect class="paper" width="100%" height="100%" rx="6"/>\n'
            + "\n".join(body) + "\n</svg>\n")


def head(results, suite):
    m = results["machine"]
    rounds, workers = results["method"]["rounds"], results["method"]["workers"]
    note = (f'{m["cores"]} cores, {m["cpu"]}, {m["compiler"]}; {workers} workers; '
            f"median of {rounds} rounds; shorter is better; pale: a yardstick or limit, not a library")
    return (text(GAP, 26, f"{suite.title}, and how many times ours", "head")
            + text(GAP, 46, note, "soft"))


def panel(case, cells, floors, x, y):
    timed = {peer: c for peer, c in cells.items() if "ns" in c}
    low, high = decades([c["ns"] for c in timed.values()])
    ours = timed.get(OURS, {}).get("ns")
    order = sorted(timed, key=lambda p: timed[p]["ns"]) + [p for p in cells if p not in timed]
    bottom = y + TITLE + len(order) * ROW
    parts = [text(x, y + 16, case.title, "title"), grid(x, y + TITLE - 6, bottom, low, high)]
    for i, peer in enumerate(order):
        kind = "ours" if peer == OURS else "floor" if peer in floors else "peer"
        parts.append(row(peer, cells[peer], kind, ours, x, y + TITLE + i * ROW, (low, high)))
    return "\n".join(parts)


def decades(values):
    low = math.floor(math.log10(min(values)))
    high = math.ceil(math.log10(max(values)))
    return (low if min(values) > 1.6 * 10 ** low else low - 1), max(high, low + 1)


def place(ns, scale):
    """Pixels from the start of the bars."""
    low, high = scale
    return (math.log10(ns) - low) / (high - low) * (PANEL_WIDTH - LABEL - RIGHT)


def grid(x, top, bottom, low, high):
    parts = []
    step = 1 if high - low <= 4 else 2
    for power in range(low, high + 1):
        at = x + LABEL + place(10 ** power, (low, high))
        parts.append(f'<line class="grid" x1="{at:.1f}" x2="{at:.1f}" y1="{top}" y2="{bottom}"/>')
        if (high - power) % step == 0:
            parts.append(text(at, bottom + 14, tick(power), "soft", "middle"))
    return "\n".join(parts)


def tick(power):
    step = max(power, 0) // 3
    return f"{10 ** (power - 3 * step):g} {('ns', 'us', 'ms', 's')[step]}"


def row(peer, cell, kind, ours, x, y, scale):
    parts = [text(x + LABEL - 8, y + 14, peer, "bold" if peer == OURS else "", "end")]
    if "ns" not in cell:
        return parts[0] + text(x + LABEL + 4, y + 14, cell["skipped"].split(":")[-1].strip(), "soft")
    width = max(place(cell["ns"], scale), 1)
    label = shown(cell["ns"])
    if peer != OURS and ours:
        label += " \u00b7 " + times(cell["ns"] / ours)
    parts.append(f'<rect class="{kind}" x="{x + LABEL}" y="{y + 3}" width="{width:.1f}" height="{ROW - 7}" rx="2"/>')
    parts.append(text(x + LABEL + width + 6, y + 14, label, "bold halo" if peer == OURS else "soft halo"))
    return "\n".join(parts)


def text(x, y, words, kind="", anchor="start"):
    return (f'<text x="{x:.1f}" y="{y:.1f}" class="{kind}" text-anchor="{anchor}">'
            f"{html.escape(words)}</text>")
