#!/usr/bin/env python3
"""Draws the growth curves from the figures of the benchmark's part `curves`.

    swift run -c release StoreBenchmark 1 FOLDER curves > figures.jsonl
    Tests/Benchmarks/draw_curves.py figures.jsonl > Sources/RunDigest/RunDigest.docc/Resources/curves.svg

Two panels, both scales logarithmic: the costs by events in a run, and by runs in the store.
"""

import json
import math
import re
import sys

WIDTH, HEIGHT, TOP = 350, 240, 30
# Tenths of a microsecond to ten milliseconds.
LOW, HIGH = -1, 4
LABELS = ["0.1 us", "1 us", "10 us", "100 us", "1 ms", "10 ms"]
PANELS = [("events in the run", 60), ("runs in the store", 480)]
SERIES = {
    "seal": "#b4462f",
    "append": "#2f6fb4",
    "read": "#2f9e5b",
    "fold of an event": "#8a5fb4",
}


def read(lines):
    """The points of each series of each panel: {axis: {series: [(size, microseconds)]}}."""
    found = {axis: {} for axis, _ in PANELS}
    for line in lines:
        figure = json.loads(line)
        name = figure["name"].split(",")[0]
        axis = next((axis for axis, _ in PANELS if axis in figure["name"]), None)
        if axis is None or name not in SERIES:
            continue
        points = [
            (int(match[1]), value)
            for key, value in figure["details"].items()
            if (match := re.fullmatch(r"at_(\d+)_us", key))
        ]
        found[axis][name] = sorted(points)
    return found


def text(content, x, y, color="#444444", anchor="middle"):
    return f'<text x="{x:.1f}" y="{y:.1f}" fill="{color}" text-anchor="{anchor}">{content}</text>'


def short(size):
    if size >= 1_000_000:
        return f"{size // 1_000_000} M"
    return f"{size // 1000} k" if size >= 1000 else str(size)


def panel(series, axis, left):
    sizes = sorted({size for points in series.values() for size, _ in points})
    if len(sizes) < 2:
        sys.exit(f"no figures by {axis}: run the part curves first")
    low, high = math.log10(sizes[0]), math.log10(sizes[-1])

    def x(size):
        return left + WIDTH * (math.log10(size) - low) / (high - low)

    def y(micros):
        part = (math.log10(max(micros, 0.1)) - LOW) / (HIGH - LOW)
        return TOP + HEIGHT * (1 - min(1, part))

    yield text(axis, left + WIDTH / 2, 310)
    for index, label in enumerate(LABELS):
        line = y(10 ** (LOW + index))
        yield (
            f'<line x1="{left}" x2="{left + WIDTH}" y1="{line:.1f}" y2="{line:.1f}" '
            'stroke="#dddddd"/>'
        )
        yield text(label, left - 6, line + 4, anchor="end")
    for size in sizes:
        yield text(short(size), x(size), 290)
    for name, color in SERIES.items():
        points = series.get(name, [])
        if not points:
            continue
        line = " ".join(f"{x(size):.1f},{y(micros):.1f}" for size, micros in points)
        yield f'<polyline fill="none" stroke="{color}" stroke-width="2" points="{line}"/>'
        yield text(name, left + 4, y(points[0][1]) - 5, color, "start")


def main():
    with open(sys.argv[1]) if len(sys.argv) > 1 else sys.stdin as file:
        found = read(file)
    print(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 880 340" '
        'font-family="sans-serif" font-size="12">'
    )
    print('<rect width="880" height="340" fill="#ffffff"/>')
    for axis, left in PANELS:
        print("\n".join(panel(found[axis], axis, left)))
    print("</svg>")


main()
