#!/usr/bin/env python3
"""Measures `digest-ctl import` on many Claude Code logs.

    swift build -c release --product digest-ctl
    Tests/Benchmarks/import_logs.py LOGS [--gigabytes 2] [--folder /tmp]

LOGS is a folder of real logs (~/.claude/projects, say). Its Claude Code files are written out again
and again, each time under other session, message, request, call and line ids, until there are as
many bytes as wanted; then they are imported into an empty store, imported again, and read by a plain
Python loop that does nothing but `json.loads(line)`. Wall time is given beside the processor's,
since other programs may use the machine too; everything that is made is removed again.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
TOOL = os.path.join(HERE, "..", "..", ".build", "release", "digest-ctl")
UUID = re.compile(rb"\b[0-9a-f]{8}(?=-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b)")
NAMES = re.compile(rb"\b(msg_|req_|toolu_|agent-|\"agentId\":\")(?=[0-9A-Za-z]{6})")


def sources(folder):
    """The Claude Code logs below a folder, with their content."""
    for directory, _, names in sorted(os.walk(folder)):
        for name in sorted(names):
            if not name.endswith(".jsonl"):
                continue
            with open(os.path.join(directory, name), "rb") as file:
                content = file.read()
            if b'"sessionId"' in content[:20000]:
                yield name, content


def renamed(content, copy):
    """A log under other ids: the same ids under the same others, as long as before or longer."""
    key = (copy * 0x9E3779B1) & 0xFFFFFFFF
    mark = b"%05d" % copy
    content = UUID.sub(lambda match: b"%08x" % (int(match[0], 16) ^ key), content)
    return NAMES.sub(lambda match: match[0] + mark, content)


def make(logs, folder, wanted):
    """Writes copies until there are `wanted` bytes; answers how many there are, and files."""
    originals = list(sources(logs))
    if not originals:
        sys.exit(f"{logs} holds no Claude Code logs; name another folder")
    total = files = copy = 0
    while total < wanted:
        copy += 1
        place = os.path.join(folder, f"{copy:05d}")
        os.mkdir(place)
        for name, content in originals:
            text = renamed(content, copy)
            # A file named after its session must go on being so.
            with open(os.path.join(place, renamed(name.encode(), copy).decode()), "wb") as file:
                file.write(text)
            total += len(text)
            files += 1
            if total >= wanted:
                break
    return total, files


def measured(command):
    """Runs a command: wall seconds, processor seconds, MB of memory at most, and its output."""
    start = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.PIPE)
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    wall = time.monotonic() - start
    if process.returncode not in (0, 1):
        sys.exit(f"{command} failed with {process.returncode}")
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024 / 1e6, output


def loads(folder):
    """The plain loop: every line through `json.loads`."""
    for directory, _, names in os.walk(folder):
        for name in names:
            with open(os.path.join(directory, name), encoding="utf-8", errors="replace") as file:
                for line in file:
                    try:
                        json.loads(line)
                    except ValueError:
                        pass


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("logs")
    parser.add_argument("--gigabytes", type=float, default=2)
    parser.add_argument("--folder", default=tempfile.gettempdir())
    parser.add_argument("--tool", default=TOOL)
    arguments = parser.parse_args()
    place = tempfile.mkdtemp(prefix="import-logs-", dir=arguments.folder)
    try:
        logs = os.path.join(place, "logs")
        os.mkdir(logs)
        size, files = make(arguments.logs, logs, arguments.gigabytes * 1e9)
        megabytes = size / 1e6
        print(f"{megabytes:.0f} MB in {files} files")
        # Once through, so that no one has to wait for the disk that the next one has not.
        subprocess.run(["grep", "-rqs", "no such line", logs])

        def line(what, wall, cpu, memory=None, note=""):
            memory = f"{memory:6.1f} MB" if memory else " " * 9
            print(
                f"{what:28} {wall:7.2f} s  {megabytes / wall:6.0f} MB/s   "
                f"cpu {cpu:7.2f} s {megabytes / cpu:6.0f} MB/s   {memory}  {note}",
                flush=True,
            )

        store = os.path.join(place, "runs.sqlite")
        imports = [arguments.tool, "import", logs, "--store", store, "--json"]
        first = measured(imports)
        report = json.loads(first[3])
        line("import", *first[:3], f"{report['events']} events, {report['unread']} unread")
        again = measured(imports)
        line("import again", *again[:3], f"{json.loads(again[3])['events']} events")
        start, before = time.monotonic(), time.process_time()
        loads(logs)
        plain = time.monotonic() - start, time.process_time() - before
        line("python, json.loads(line)", *plain)
        verified = measured([arguments.tool, "verify", "--store", store])
        line("verify", *verified[:3], verified[3].decode().strip())
        print(f"over python: import {plain[0] / first[0]:.2f}, again {plain[0] / again[0]:.1f}")
    finally:
        shutil.rmtree(place)


if __name__ == "__main__":
    main()
