#!/usr/bin/env python3
"""Compares figures of the benchmark with thresholds.json.

    swift build -c release --product StoreBenchmark
    .build/release/StoreBenchmark 1 FOLDER > figures.jsonl
    Tests/Benchmarks/insight_process.py .build/release/digest-ctl >> figures.jsonl
    Tests/Benchmarks/check.py figures.jsonl

Several files, or several lines of one figure, are compared by their median. Exits with 1 if a figure
misses its threshold, or if a threshold of the parts that are always run has no figure (unless
--partial is given), and with 2 if a file cannot be read.
"""

import argparse
import fnmatch
import json
import pathlib
import statistics
import sys

THRESHOLDS = pathlib.Path(__file__).resolve().parent / "thresholds.json"


def read(path):
    """The figures of a file, by name."""
    figures = {}
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            if line.strip():
                figure = json.loads(line)
                figures.setdefault(figure["name"], []).append(figure)
    return figures


def number(figure, key):
    """One number of a figure; None if the figure does not have it."""
    if key == "excess":
        return figure["value"] - figure["plain_sqlite"]
    if key in ("value", "ratio"):
        return figure.get(key)
    return figure.get("details", {}).get(key)


def main():
    parser = argparse.ArgumentParser(description="Compare figures with thresholds.json.")
    parser.add_argument("figures", nargs="+", help="what the benchmark printed")
    parser.add_argument("--partial", action="store_true", help="figures may be missing")
    parser.add_argument("--thresholds", default=THRESHOLDS, type=pathlib.Path)
    options = parser.parse_args()
    figures = {}
    try:
        thresholds = json.loads(options.thresholds.read_text(encoding="utf-8"))["figures"]
        for path in options.figures:
            for name, found in read(path).items():
                figures.setdefault(name, []).extend(found)
    except (OSError, ValueError, KeyError) as error:
        print(f"check.py: {error}", file=sys.stderr)
        return 2

    missed = 0
    for threshold in thresholds:
        names = [name for name in figures if fnmatch.fnmatchcase(name, threshold["name"])]
        if not names:
            if "part" not in threshold and not options.partial:
                print(f"absent  {threshold['name']}")
                missed += 1
            continue
        for name in names:
            for key, limit in threshold["limits"].items():
                found = [number(figure, key) for figure in figures[name]]
                if None in found:
                    print(f"absent  {name}: {key}")
                    missed += 1
                    continue
                value = statistics.median(found)
                is_met = limit.get("min", value) <= value <= limit.get("max", value)
                missed += not is_met
                bound = ", ".join(f"{word} {bound:g}" for word, bound in limit.items())
                print(f"{'met' if is_met else 'MISSED':6}  {name}: {key} {value:g} ({bound})")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
