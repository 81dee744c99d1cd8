#!/usr/bin/env python3
"""Measures `digest-ctl` on a store of many short runs.

    swift build -c release --product digest-ctl
    Tests/Benchmarks/many_runs.py [--tool .build/release/digest-ctl] [--runs 300000] [--folder /tmp]
        >> figures.jsonl

Writes a log of 100,000 runs of 7 events and one of all runs, imports them, and runs each verb that
lists. Prints a figure a line, as StoreBenchmark does; check.py compares them with thresholds.json.
Times are of the whole process, the least of several; memory is the most that a process held.
"""

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from datetime import datetime, timedelta, timezone

HERE = os.path.dirname(os.path.abspath(__file__))
TOOL = os.path.join(HERE, "..", "..", ".build", "release", "digest-ctl")
MODELS = ["claude-opus-4-1", "claude-sonnet-4-5", "claude-haiku-4-5", "gpt-5", "gemini-2.5-pro"]
START = datetime(2026, 6, 1, tzinfo=timezone.utc)
AGENTS = ["claude-code", "codex", "gemini", "pi"]


def write_log(path, runs):
    """Writes runs of seven events each, three of four of them ended, in the order of their time."""
    chance = random.Random(19)
    with open(path, "w", encoding="utf-8") as log:
        for number in range(runs):
            start = START + timedelta(seconds=7 * number)
            agent = chance.choice(AGENTS)
            model = chance.choice(MODELS)
            names = {"run": f"r-{number * 2654435761 % 2**32:08x}-{number}", "session": f"s{number}"}
            tokens = int(chance.lognormvariate(8, 1.5))
            usage = {
                "model": model, "input_tokens": tokens, "output_tokens": tokens // 5,
                "cache_read_tokens": tokens * 20, "cache_write_tokens": tokens * 2,
            }
            events = [
                ("run.started", {
                    "agent": agent, "model": model, "project": f"/work/p{chance.randrange(500)}",
                    "host": f"host{number % 40}", "title": f"Task {number}",
                }),
                ("input", {"text": "go on"}),
                ("tool_call", {"id": "c1", "name": chance.choice(["read", "bash", "edit"])}),
                ("tool_result", {"tool_use_id": "c1", "is_error": chance.random() < 0.1}),
                ("usage", usage),
                ("turn.result", {"status": "completed"}),
                ("run.ended", {"cause": "stop", "verdict": "done"}) if number % 4 else
                ("text", {"text": "what next?"}),
            ]
            for step, (kind, payload) in enumerate(events):
                time_of_step = start + timedelta(milliseconds=step * chance.randrange(1, 900))
                event = {**names, "ts": time_of_step.isoformat(), "kind": kind}
                log.write(json.dumps({**event, "payload": payload}, separators=(",", ":")) + "\n")


def write_files(folder, files):
    """Writes files of one line each."""
    os.mkdir(folder)
    for number in range(files):
        line = {"run": f"f{number}", "session": f"t{number}", "ts": START.isoformat(),
                "kind": "text", "payload": {"text": "hello"}}
        with open(os.path.join(folder, f"{number:05d}.jsonl"), "w", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")


def measured(command):
    """Runs a command: wall seconds, processor seconds and MiB at most."""
    start = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.monotonic() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in (0, 1):
        sys.exit(f"{' '.join(command)}: exit {process.returncode}")
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def best(times, command):
    """The least time of several runs, with the most memory."""
    found = [measured(command) for _ in range(times)]
    return min(f[0] for f in found), min(f[1] for f in found), max(f[2] for f in found)


def figure(name, unit, value, **details):
    line = {"name": name, "unit": unit, "value": value, "details": details}
    print(json.dumps(line), flush=True)


PAGES = {
    "latest": [], "name": ["--sort", "name"], "first": ["--sort", "first", "--reverse"],
    "events": ["--sort", "events"], "tokens": ["--sort", "tokens"], "errors": ["--sort", "errors"],
    "span": ["--sort", "span"], "cost": ["--sort", "cost"],
    "reported cost": ["--sort", "cost", "--cost", "reported"],
    "agent": ["--agent", "codex"], "agent and cost": ["--agent", "codex", "--sort", "cost"],
    "model": ["--model", "gpt-5", "--sort", "tokens"], "no such model": ["--model", "none"],
    "project": ["--project", "/work/p77", "--sort", "span"], "no such project": ["--project", "/x"],
    "outcome": ["--outcome", "running", "--sort", "errors"],
    "since": ["--since", "2026-06-10", "--sort", "tokens"],
}


def main():
    parser = argparse.ArgumentParser(description="Measure a store of many short runs.")
    parser.add_argument("--tool", default=TOOL)
    parser.add_argument("--runs", type=int, default=300_000)
    parser.add_argument("--files", type=int, default=5_000)
    parser.add_argument("--folder", default=None)
    options = parser.parse_args()
    folder = tempfile.mkdtemp(prefix="many-", dir=options.folder)
    tool = os.path.abspath(options.tool)
    try:
        measure(tool, folder, options)
    finally:
        shutil.rmtree(folder)


def measure(tool, folder, options):
    def ctl(store, *arguments):
        return [tool, *arguments, "--store", os.path.join(folder, store)]

    part = options.runs // 3
    log = os.path.join(folder, "part.jsonl")
    write_log(log, part)
    wall, cpu, memory = measured(ctl("part.sqlite", "import", log))
    events = part * 7
    figure("many: import of runs of 7", "us/event", wall * 1e6 / events, cpu_us=cpu * 1e6 / events,
           peak_mib=memory)
    wall, cpu, memory = measured(ctl("part.sqlite", "rebuild"))
    figure("many: rebuild of runs of 7", "s", wall, cpu_s=cpu, peak_mib=memory)
    os.remove(log)

    files = os.path.join(folder, "files")
    write_files(files, options.files)
    for word in ("first", "again"):
        wall, cpu, memory = measured(ctl("files.sqlite", "import", files))
        figure(f"many: files of one line, {word}", "s", wall, cpu_s=cpu, peak_mib=memory)

    log = os.path.join(folder, "all.jsonl")
    write_log(log, options.runs)
    measured(ctl("all.sqlite", "import", log))
    os.remove(log)
    for name, arguments in PAGES.items():
        wall, cpu, memory = best(5, ctl("all.sqlite", "runs", *arguments))
        figure(f"many: runs by {name}", "ms", wall * 1000, cpu_ms=cpu * 1000, peak_mib=memory)
    for name, arguments in {
        "runs --json": ["runs", "--json"], "health": ["health"], "doctor": ["doctor"],
    }.items():
        wall, cpu, memory = best(3, ctl("all.sqlite", *arguments))
        figure(f"many: {name}", "s", wall, cpu_s=cpu, peak_mib=memory)
    wall, cpu, memory = measured(ctl("all.sqlite", "reap", "--gone", "s8"))
    figure("many: reap of one run", "ms", wall * 1000, cpu_ms=cpu * 1000, peak_mib=memory)
    wall, cpu, memory = measured(ctl("all.sqlite", "reap", "--alive", "s4", "--json"))
    ends = (options.runs + 3) // 4 - 2
    figure("many: reap of all but one", "ends/s", ends / wall, cpu_s=cpu, peak_mib=memory)


if __name__ == "__main__":
    main()
