#!/usr/bin/env python3
"""Measures `digest-ctl insight --json` as a whole process, beside `sqlite3` reading the same row.

    Tests/Benchmarks/insight_process.py .build/release/digest-ctl >> figures.jsonl

Build digest-ctl as README.md says: with dynamic libraries a process starts in twice the time. The two
take turns, so a change of the machine's pace affects both. Prints one line for check.py.
"""

import json
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

ROUNDS = 200
SELECT = "SELECT d.body FROM digests d JOIN runs r ON d.run = r.id WHERE r.name = 'agent-1'"


def milliseconds(command):
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return (time.perf_counter() - start) * 1000


def main():
    program = str(pathlib.Path(sys.argv[1]).resolve())
    with tempfile.TemporaryDirectory() as folder:
        store = f"{folder}/runs.sqlite"
        lines = "".join(
            json.dumps({"kind": kind, "payload": {"id": f"c{number}", "name": "bash"}}) + "\n"
            for number in range(200)
            for kind in ("tool_call", "tool_result")
        )
        subprocess.run(
            [program, "append", "--run", "agent-1", "--store", store],
            input=lines.encode(),
            check=True,
            stdout=subprocess.DEVNULL,
        )
        ours, theirs = [], []
        for _ in range(ROUNDS):
            ours.append(milliseconds([program, "insight", "agent-1", "--json", "--store", store]))
            theirs.append(milliseconds(["sqlite3", "-readonly", store, SELECT]))
        value, plain = statistics.median(ours), statistics.median(theirs)
        print(
            json.dumps(
                {
                    "name": "digest-ctl insight --json, whole process",
                    "value": round(value, 3),
                    "unit": "ms",
                    "plain_sqlite": round(plain, 3),
                    "ratio": round(value / plain, 3),
                }
            )
        )


if __name__ == "__main__":
    main()
