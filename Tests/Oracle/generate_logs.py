#!/usr/bin/env python3
"""Seeded random native logs, aimed at the rules and corners of FOLD.md.

usage: python3 generate_logs.py SEED COUNT MAX_EVENTS OUTDIR [--ambiguous]
Writes OUTDIR/log-SEED-i.jsonl. The same arguments give the same bytes. Every usable line has a ts that is a time.
--ambiguous also writes forms that FOLD.md leaves open (null inputs, empty names in by_model, odd seq values ...).
Besides single random events, a log has scenes: short plots of events that belong together, each aimed at rules of §15.
"""
import json
import os
import random
import sys

MODELS = ["claude-x", "claude-y", "gpt-z", "mini"]
TOOLS = ["bash", "edit", "read", "mcp__hub__permission_prompt", "permission_prompt", "a__request_approval", "request_approval",
         "permission_prompt2", "prompt", "naïve__tool"]
TIERS = ["fast", "priority", "flex", "batch"]
SCALARS = ["a", "é", "€", "😀"]
BASE = 1_780_272_000  # 2026-06-01T00:00:00Z


class Raw(str):
    """JSON text put in as it stands."""


def long_name(rng, tag=""):
    """A name around 200 bytes with a scalar of several bytes at the cut."""
    head = tag + "n" * (rng.randint(195, 200) - len(tag.encode()))
    return head + "".join(rng.choice(SCALARS) for _ in range(rng.randint(0, 5)))


class Writer:
    """JSON text with odd spellings: escapes, spaces, keys twice."""

    def __init__(self, rng):
        self.rng = rng

    def string(self, text):
        rng, mode = self.rng, self.rng.random()
        if mode < 0.85:
            return json.dumps(text, ensure_ascii=False)
        if mode < 0.93:
            return json.dumps(text)
        parts = []
        for char in text:
            if rng.random() < 0.4 and ord(char) < 0x10000:
                parts.append("\\u%04x" % ord(char) if rng.random() < 0.5 else "\\u%04X" % ord(char))
            else:
                parts.append(json.dumps(char))
                parts[-1] = parts[-1][1:-1]
        return '"' + "".join(parts) + '"'

    def value(self, value):
        if isinstance(value, Raw):
            return str(value)
        if isinstance(value, str):
            return self.string(value)
        if isinstance(value, dict):
            return self.object(value)
        if isinstance(value, list):
            return "[" + ",".join(self.value(item) for item in value) + "]"
        return json.dumps(value)

    def object(self, table, twice=0.02):
        rng, members = self.rng, []
        for key, value in table.items():
            if rng.random() < twice:  # a key twice: the last one counts
                members.append((key, rng.choice([Raw("null"), Raw("17"), "shadow", Raw("true"), Raw("{}"), value])))
            members.append((key, value))
        if rng.random() < 0.05:
            rng.shuffle(members)
        space = rng.choice(["", "", "", "", " ", "\t"])
        return "{" + ("," + space).join(self.string(key) + space + ":" + space + self.value(value) for key, value in members) + "}"


class Generator:
    def __init__(self, rng, size, ambiguous):
        self.rng, self.size, self.ambiguous = rng, size, ambiguous
        self.write = Writer(rng)
        self.weird = rng.choice([0.0, 0.02, 0.02, 0.08, 0.25])
        self.wide, self.widest = rng.random() < 0.04, 0          # bound-breaking names
        self.runs = ["run-%d" % i for i in range(rng.randint(1, 4))]
        self.focus = rng.choice(["tool_call", "usage", "error", "span", "checkpoint", "turn.result", "run.tag", "run.score"])
        if self.wide:
            self.runs, self.weird = self.runs[:1], 0.02
        if rng.random() < 0.1:
            self.runs[0] = "rün 😀 " + "x" * rng.choice([1, 180, 186])
        self.sessions = ["s-%d" % i for i in range(rng.randint(0, 3))]
        self.now = {run: BASE * 1_000_000 + rng.randint(0, 7200) * 500_000 for run in self.runs}
        self.at = {run: rng.choice(self.sessions + [None]) for run in self.runs}
        self.state = {run: {"calls": [], "requests": [], "turn": 0, "last_input": None, "ended": False, "usages": []}
                      for run in self.runs}
        self.plot = {run: [] for run in self.runs}               # what is left of a scene: (kind, payload, event id, step)
        self.scenic = rng.choice([0.0, 0.05, 0.15, 0.4])
        self.quiet = self.runs[-1] if len(self.runs) > 1 and rng.random() < 0.08 else None  # a run with nothing that moves a clock
        self.lines, self.kept, self.heads, self.ids = [], [], dict.fromkeys(self.runs, 0), 0
        self.pool = ["c%d" % i for i in range(rng.choice([3, 8, 40]))]
        self.endiness = rng.choice([0.0, 0.01, 0.02, 0.03, 0.1]) if not self.wide else 0.0
        self.loopy, self.calm = rng.choice([0.02, 0.1, 0.3]), rng.random() < 0.5
        self.span = rng.choice(["tiny", "normal", "wild"])

    # ---- values

    def chance(self, p):
        return self.rng.random() < p

    def odd(self, value):
        """Now and then a value of a wrong type, or an empty string."""
        if self.chance(self.weird):
            return self.rng.choice([None, True, False, [], {}, ["x"], {"a": 1}, 3, "", "12", Raw("0.5"), Raw("-1")])
        return value

    def count(self, top=3000):
        rng = self.rng
        if self.chance(self.weird):
            return rng.choice([Raw(text) for text in (
                "-1", "-0", "-0.0", "-0.5", "0.9", "1.999", "1e3", "1E+2", "15e-1", "2.5e1", "9007199254740992", "9007199254740993",
                "9007199254740992.5", "9007199254740991.9", "1e400", "1e-400", "-1e-400", "1e16", "0e999999", "123456789012345678901",
                "1000000000000", "1000000000000.5", "1000000000001", "999999999999.9",
                "1.0", "1e0", "0.0000000000000000000000000000000000001", "null", "true", '"7"', '""', "[1]", "{}")])
        return rng.choice([0, 1, rng.randint(0, top), rng.randint(0, top)])

    def duration(self):
        rng = self.rng
        if self.chance(self.weird):
            return self.count()
        if self.chance(0.08):
            return rng.choice([10 ** 11, 10 ** 11 + 1, Raw("100000000000.5"), Raw("99999999999.9"), Raw("1e11"), Raw("1e12")])
        return rng.choice([0, rng.randint(0, 2000), rng.randint(0, 10 ** rng.randint(1, 7)), Raw("%d.7" % rng.randint(0, 9000))])

    def model(self):
        name = self.name(MODELS)
        return name + "@" + self.rng.choice(TIERS + ["slow", ""]) if self.chance(0.06) else name

    def money(self):
        rng = self.rng
        if self.chance(max(self.weird, 0.05)):
            return rng.choice([Raw(text) for text in (
                "0", "-0", "-0.25", "1e-3", "2.5E-2", "0.0000000005", "-0.0000000005", "0.00000000049999", "0.1234567895", "0.12345678949",
                "1e-9", "1e-10", "9223372036.854775807", "-9223372036.854775808", "9223372036.8547758075", "1e10", "-1e10", "1e400", "1e-400",
                '"0.03"', "null", "true", "[]", "12345.678901234567890123", "3")])
        return Raw("%d.%0*d" % (rng.randint(0, 2), 4, rng.randint(0, 9999)))

    def name(self, names, p_long=0.02):
        rng = self.rng
        if self.wide and self.chance(0.8):
            self.widest += rng.random() < 0.9
            return "w%d" % (self.widest if self.chance(0.8) else rng.randint(0, self.widest))
        if self.chance(p_long):
            return long_name(rng, rng.choice(["", "L"]))
        return rng.choice(names)

    def tool_name(self):
        return self.name(TOOLS[:3] if self.chance(0.85) else TOOLS)

    def flag(self, p):
        if self.chance(p):
            return True
        return self.rng.choice([False, None, "true", 1])

    def put(self, table, key, value, p=1.0):
        if self.chance(p):
            table[key] = self.odd(value)

    def subagent(self, table, p=0.1):
        if self.chance(p):
            table["subagent"] = self.flag(0.85)

    # ---- kinds

    def tool_ids(self, table, keys, call_id):
        key = keys[0] if self.chance(0.9) else self.rng.choice(keys)
        if self.chance(0.05):
            for other in keys:
                table[other] = self.rng.choice(["", None, 5, call_id, self.rng.choice(self.pool)])
        table[key] = self.odd(call_id)

    def payload(self, run, kind):
        rng, mine, p = self.rng, self.state[run], {}
        if kind == "run.started":
            for key, values in (("agent", ["claude-code", "codex", long_name(rng)]), ("model", MODELS), ("project", ["/p/a", "/p/b"]),
                                ("host", ["h1", "h2"]), ("title", ["T", "t" * 300]), ("repository", ["o/r", "o/s"]), ("branch", ["main", "é"]),
                                ("commit", ["c1", "c2"]), ("agent_type", ["Explore", "Plan"]), ("team", ["red", "blue"])):
                self.put(p, key, values[-1] if self.chance(0.02) else rng.choice(values[:2]), 0.6)
            self.put(p, "forked_from", rng.choice(self.runs + ["elsewhere"]), 0.3)
            self.put(p, "parent_run", rng.choice(self.runs + ["elsewhere", run]), 0.5)
        elif kind == "run.ended":
            mine["ended"] = True
            self.put(p, "cause", rng.choice(["stop", "crash", "fail", "terminate", "stop", "terminate", "other"]), 0.9)
            self.put(p, "by", "someone", 0.3)
            self.put(p, "reason", "why", 0.3)
            if self.chance(0.4):
                p["exit_code"] = rng.choice([0, 1, -9, 137, Raw("-1.9"), Raw("1e400"), Raw("-9007199254740992"), Raw("-9007199254740993"), "0", None])
            self.put(p, "verdict", rng.choice(["done", "in_review", "blocked", "cancelled"]), 0.25)
        elif kind == "verdict":
            self.put(p, "state", rng.choice(["done", "in_review", "blocked", "cancelled", "maybe"] if self.ambiguous else ["done", "in_review", "blocked", "cancelled"]), 0.95)
        elif kind == "turn.start":
            mine["turn"] += 1
            self.put(p, "turn_id", "t%d" % mine["turn"], 0.85)
        elif kind == "turn.result":
            self.put(p, "turn_id", "t%d" % rng.choice([mine["turn"], mine["turn"] + 1]), 0.7)
            self.put(p, "status", rng.choice(["success", "success", "completed", "cancelled", "interrupted", "error", "abandoned", "odd"]), 0.8)
            self.put(p, "stop_reason", rng.choice(["end_turn", "tool_use", "max_tokens", "stop", "refusal", long_name(rng)]), 0.35)
            self.put(p, "terminal_reason", rng.choice(["completed", "max_turns", "interrupted"]), 0.2)
            if self.chance(0.4):
                p["cost_usd"] = self.money()
            if self.chance(0.45):
                p["by_model"] = self.odd(self.by_model())
            if self.chance(0.45):
                p["duration_ms"] = self.duration()
            self.subagent(p, 0.08)
        elif kind in ("text", "thought"):
            self.put(p, "text", "hi", 0.5)
            self.subagent(p, 0.12)
        elif kind == "input":
            self.subagent(p, 0.05)
        elif kind == "tool_call":
            fresh = rng.choice(self.pool) if self.chance(0.35) else "k%d" % rng.randint(0, 10 ** 6)
            mine["calls"].append(fresh)
            if self.chance(0.94):
                self.tool_ids(p, ["id", "toolCallId"], fresh)
            repeat = mine["last_input"] is not None and self.chance(0.7)
            if repeat:
                p["name"], text = mine["last_input"]
                p["input"] = Raw(text)
                if self.chance(0.06):
                    del p["input"]
            else:
                self.put(p, "name", self.tool_name(), 0.93)
                text = self.write.value({"cmd": rng.choice(["ls", "pwd", "é"]), "n": rng.randint(0, 2)})
                if self.chance(0.2):
                    text = rng.choice(["{}", "[]", '{"a": 1}', '{"a":1}', "0", "false"] + (["null", '""'] if self.ambiguous else []))
                if self.chance(0.9):
                    p["input"] = Raw(text)
                    if isinstance(p.get("name"), str) and p["name"]:
                        mine["last_input"] = (p["name"], text)
            if not (self.chance(0.85) if repeat else self.chance(self.loopy)):
                mine["last_input"] = None
            self.subagent(p, 0.06)
        elif kind in ("tool_call_update", "tool_result"):
            known = mine["calls"][-1] if mine["calls"] and self.chance(0.6) else rng.choice(mine["calls"][-6:] or self.pool)
            if self.chance(0.06):
                known = rng.choice(self.pool + ["nobody"])
            keys = ["toolCallId", "id"] if kind == "tool_call_update" else ["tool_use_id", "toolCallId", "id"]
            if self.chance(0.96):
                self.tool_ids(p, keys, known)
            if kind == "tool_call_update":
                self.put(p, "status", rng.choice(["pending", "queued", "running", "in_progress", "completed", "completed", "failed",
                                                  "error", "cancelled", "canceled", "done"]), 0.85)
            else:
                for key, chance in (("is_error", 0.3), ("denied", 0.1), ("cancelled", 0.1)):
                    if self.chance(0.4):
                        p[key] = self.flag(chance * 2)
            for key in ("name", "tool_name", "toolName", "title"):
                self.put(p, key, self.tool_name(), 0.1)
            if self.chance(0.25):
                p["duration_ms"] = self.duration()
            if self.chance(0.2):
                p["running"] = self.flag(0.85)
            self.subagent(p, 0.05)
        elif kind in ("permission.request", "permission.decision"):
            target = rng.choice(mine["requests"][-2:] or self.pool) if kind.endswith("decision") and self.chance(0.6) else \
                rng.choice((mine["calls"][-3:] or self.pool) if self.chance(0.7) else self.pool)
            mine["requests"].append(target)
            self.put(p, "id", target, 0.95)
            if kind.endswith("request"):
                self.put(p, "name", self.tool_name(), 0.7)
            else:
                self.put(p, "decision", rng.choice(["allow", "deny", "deny", "later"] if self.ambiguous else ["allow", "deny"]), 0.95)
        elif kind == "usage":
            self.put(p, "model", self.model(), 0.75)
            self.put(p, "tier", rng.choice(TIERS + ["Fast", "standard", ""]), 0.3)
            if self.chance(0.2):
                p["replaces"] = self.odd(self.replaced(run))
            if self.chance(0.15):
                p["web_searches"] = self.count(9)
            big = self.chance(0.15)
            for key, chance in (("input_tokens", 0.85), ("output_tokens", 0.85), ("cache_read_tokens", 0.5), ("cache_write_tokens", 0.4),
                                ("cache_write_1h_tokens", 0.25), ("reasoning_tokens", 0.3)):
                if self.chance(chance):
                    p[key] = self.count(150_000 if big else 3000)
            if big and self.chance(0.6):
                self.context_of(p, rng.choice([100_000, 200_000, 272_000, 300_000]) + rng.choice([-1, 0, 0, 1, 1]))
            if self.chance(0.3):
                p["cost_usd"] = self.money()
            if self.chance(0.25):
                p["context_window"] = self.odd(rng.choice([200_000, 1_000_000, 0]))
            for key, chance in (("partial", 0.15), ("copied", 0.08), ("unknown", 0.12)):
                if self.chance(chance):
                    p[key] = self.flag(0.8)
            self.subagent(p, 0.2)
        elif kind == "error":
            self.put(p, "type", self.name(["timeout", "api", "429"], 0.05), 0.75)
        elif kind == "checkpoint":
            self.put(p, "flow", "f%d" % int(rng.paretovariate(0.6) - 1) if self.wide else rng.choice(["boot", "resume"]), 0.7)
            self.put(p, "phase", "p%d" % rng.randint(0, 90) if self.wide else rng.choice(["a", "b", "c"]), 0.92)
            if self.chance(0.92):
                p["step_ms"] = self.count() if self.chance(0.8) else self.duration()
        elif kind == "span":
            self.put(p, "stage", self.name(["queue", "commit", "fold"]), 0.92)
            if self.chance(0.85):
                p["duration_ms"] = self.count(10 ** rng.randint(1, 7)) if self.chance(0.7) else self.duration()
            if self.chance(0.4):
                p["queue_ms"] = self.count() if self.chance(0.7) else self.duration()
        elif kind == "retry":
            self.put(p, "type", "overloaded", 0.5)
            self.put(p, "delay_ms", 500, 0.5)
        elif kind == "rate_limit":
            self.put(p, "resets_at", "2026-06-01T01:00:00Z", 0.5)
        elif kind == "agent.cost":
            if self.chance(0.92):
                p["usd"] = self.money()
            self.put(p, "source", "status line", 0.3)
        elif kind == "run.tag":
            self.put(p, "name", long_name(rng) if self.chance(0.04) else "tag %d" % int(rng.triangular(0, 45, 0)), 0.96)
            if self.chance(0.3):
                p["remove"] = self.flag(0.8)
        elif kind == "run.note":
            self.put(p, "text", "a note", 0.8)
        elif kind == "run.score":
            self.put(p, "name", long_name(rng) if self.chance(0.04) else "score %d" % int(rng.triangular(0, 24, 0)), 0.95)
            if self.chance(0.95):
                p["value"] = self.odd(self.money())
            self.put(p, "comment", "why", 0.2)
        else:
            self.put(p, "subagent", True, 0.1)
            self.put(p, "id", "c1", 0.2)
        if self.chance(0.05):
            p["output"] = "noise é \\ \" \n"
        return p

    def by_model(self):
        rng, table = self.rng, {}
        for _ in range(rng.choice([0, 1, 1, 1, 2, 3])):
            entry = {}
            for key in ("input", "output", "cache_read", "cache_create"):
                if self.chance(0.75):
                    entry[key] = self.count()
            if self.chance(0.35):
                entry["cost_usd"] = self.money()
            table[self.name(MODELS, 0.05) if self.chance(0.8) else self.rng.choice(MODELS) + "@" + self.rng.choice(TIERS + ["slow"])] = entry if self.chance(0.93) else rng.choice([None, 5, "x", [], True])
        if self.chance(0.03):  # two names that fall together once cut
            table["z" * 200 + "1"], table["z" * 200 + "2"] = {"input": 5, "output": 1}, {"input": 7, "cost_usd": Raw("0.5")}
        if self.ambiguous and self.chance(0.1):
            table[""] = {"input": 9}
        return table

    def context_of(self, table, tokens):
        """Input, cache read and cache write that sum to `tokens`."""
        read = self.rng.choice([0, tokens // 2, tokens - 1])
        write = self.rng.choice([0, 1]) if tokens > read else 0
        table["input_tokens"], table["cache_read_tokens"], table["cache_write_tokens"] = tokens - read - write, read, write

    def usage_id(self, run):
        """The same ids occur in all runs, so that an id of another run may be one of this run too."""
        names = self.state[run]["usages"]
        names.append("u%d" % len(names))
        return names[-1]

    def replaced(self, run):
        """Mostly a usage of this run; now and then one of another run, a later one, an event of another kind, or nothing."""
        rng, names = self.rng, self.state[run]["usages"]
        roll = rng.random()
        if roll < 0.75 and names:
            return names[-1] if self.chance(0.5) else rng.choice(names[-8:])
        if roll < 0.82:
            return rng.choice(self.state[rng.choice(self.runs)]["usages"] or ["u0"])
        if roll < 0.9:
            return "u%d" % (len(names) + rng.choice([0, 0, 1, 3]))
        return rng.choice(["e%d" % rng.randint(max(0, self.ids - 20), self.ids + 1), "nothing", "", 7])

    # ---- scenes: each returns (kind, payload or None for a random one, event id, step in microseconds or None)

    def step(self, kind, payload=None, event_id=None, jump=None):
        return kind, payload, event_id, jump

    def usage_step(self, run, replaces=None, **more):
        payload = self.payload(run, "usage")
        for key in ("replaces", "copied"):
            payload.pop(key, None)
        if replaces:
            payload["replaces"] = replaces
        payload.update(more)
        if self.chance(0.05):
            payload["copied"] = True
        return self.step("usage", payload, self.usage_id(run))

    def result_step(self, run, **more):
        payload = self.payload(run, "turn.result")
        payload.pop("subagent", None)
        return self.step("turn.result", {**payload, **more})

    def some(self, p, *steps):
        return [step for step in steps if self.chance(p)]

    def scene_corrections(self, run):
        """Corrections of usage in the open turn, a closed one, the loose tally, before and after a seal; chains of them."""
        rng, place, known = self.rng, self.rng.choice(["open", "closed", "loose", "sealed", "sealed", "next"]), []
        model = rng.choice(MODELS)

        def spend(replaces=None):
            fixed = {"model": model} if self.chance(0.6) else {"model": None} if self.chance(0.5) else {}
            step = self.usage_step(run, replaces, **fixed)
            known.append(step[2])
            return step

        def correct():
            return spend(rng.choice(known[-2:]) if self.chance(0.6) else rng.choice(known))

        steps = [self.result_step(run)] if place == "loose" else [self.step("turn.start")]
        steps += [spend() for _ in range(rng.randint(1, 3))] + [correct() for _ in range(rng.randint(0, 2))]
        if place == "closed":
            steps += [self.result_step(run)] + self.some(0.4, spend())
        elif place == "next":
            steps += [self.step(rng.choice(["turn.start", "turn.result"])), self.step("turn.start")] + self.some(0.5, spend())
        elif place == "sealed":
            steps += [self.step("run.ended")] + [spend() for _ in range(rng.randint(0, 2))]
        if self.chance(0.2):
            steps.append(self.step("run.started", {"model": rng.choice(MODELS)}))
        steps += [correct() for _ in range(rng.randint(1, 4))]
        for _ in range(rng.randint(0, 2)):
            steps += [self.result_step(run)] + [correct() for _ in range(rng.randint(0, 2))] + self.some(0.3, spend())
        if place == "sealed" and self.chance(0.6):
            steps += [self.step("run.resumed"), correct()] + self.some(0.5, spend(), correct(), self.result_step(run))
        return steps

    def scene_tiers(self, run):
        """One model under no, one or several tiers, then a by_model that names it bare, with a tier, or both."""
        rng, model = self.rng, self.rng.choice(MODELS)
        tiers = rng.choice([["fast"], ["flex"], ["fast", "flex"], ["batch", "priority"], ["batch", None], [None], [rng.choice(TIERS)]])
        steps = self.some(0.75, self.step("turn.start"))
        for tier in tiers + tiers[:rng.randint(0, 1)]:
            more = {"model": model, "tier": tier}
            if self.chance(0.15):
                more["subagent"] = True
            if self.chance(0.15):
                more = {"model": "%s@%s" % (model, tier), "tier": None}
            steps.append(self.usage_step(run, **more))
        if self.chance(0.25):
            steps.append(self.usage_step(run, steps[-1][2], model=model, tier=rng.choice(TIERS + [None])))
        names = [model, model, model + "@" + rng.choice(TIERS), rng.choice(MODELS)] + ([""] if self.ambiguous else [])
        by_model = {name: {"input": self.count(), "output": self.count(), "cache_read": self.count()} for name in rng.sample(names, rng.randint(1, len(names)))}
        return steps + self.some(0.15, self.step("run.ended")) + [self.result_step(run, by_model=by_model)]

    def scene_left_running(self, run):
        """A call that is left running, polls of it, and what may end it: within the turn, after it, after the seal."""
        rng, call = self.rng, rng_name(self.rng, "bg")
        self.state[run]["calls"].append(call)
        first = {"toolCallId": call, "running": True, "name": rng.choice(TOOLS)}
        poll = lambda **more: self.step("tool_result", {"toolCallId": call, **({"duration_ms": self.duration()} if self.chance(0.3) else {}), **more})
        steps = self.some(0.6, self.step("turn.start")) + [self.step("tool_call", {"id": call, "name": self.tool_name()})]
        steps += self.some(0.3, self.step("permission.request", {"id": call}))
        if self.chance(0.3):
            first["duration_ms"] = self.duration()
        if self.chance(0.15):
            first["is_error"] = True
        steps.append(self.step("tool_call_update", {**first, "status": rng.choice(["completed", "completed", "failed", "in_progress"])}) if self.chance(0.4)
                     else self.step("tool_result", first))
        between = [poll(running=True), self.result_step(run), self.step("permission.decision", {"id": call, "decision": rng.choice(["deny", "allow"])}),
                   self.step("permission.request", {"id": call}), self.step("run.ended"), self.step("tool_call", {"id": call}), self.step("text", {}),
                   self.step("tool_call_update", {"id": call, "status": "running"}), self.step("turn.start")]
        steps += rng.sample(between, rng.randint(0, 4)) + self.some(0.25, self.result_step(run))
        ends = [poll(), poll(is_error=True), poll(is_error=True), poll(is_error=True, running=True), poll(denied=True), poll(cancelled=True, running=True), poll(running=True),
                self.step("tool_call_update", {"id": call, "status": rng.choice(["failed", "cancelled", "completed"])})]
        return steps + rng.sample(ends, rng.randint(1, 3))

    def scene_orphans(self, run):
        """Results of calls that this run never announced."""
        rng, steps = self.rng, self.some(0.5, self.step("turn.start"))
        for _ in range(rng.randint(1, 4)):
            call = rng_name(rng, "lost")
            steps += self.some(0.2, self.step("permission.decision", {"id": call, "decision": "deny"}))
            kind = rng.choice(["tool_result", "tool_call_update"])
            payload = {**self.payload(run, kind), "toolCallId": call, "tool_use_id": None, "is_error": rng.choice([True, True, False])}
            steps.append(self.step(kind, payload))
            if self.chance(0.3):
                steps += [self.step("tool_call", {"id": call, "name": "bash"}), self.step("tool_result", {"id": call, "is_error": True})]
        return steps + self.some(0.3, self.result_step(run))

    def scene_turn_time(self, run):
        """A turn with each state of time, clocks that jump, and a result whose own duration lies below or above the wall time."""
        rng, steps, spent = self.rng, [self.step(self.rng.choice(["turn.start", "input"]), {}, None, self.rng.randint(-9, 9) * 500_000)], 0
        for index in range(rng.randint(1, 6)):
            jump = rng.choice([rng.randint(0, 9_999_999), rng.randint(0, 9_999_999), rng.randint(0, 1999), -rng.randint(0, 12_000_000)])
            spent += max(0, jump)
            kind = rng.choice(["tool_call", "tool_call", "tool_result", "permission.request", "permission.decision", "text", "odd.kind"])
            name = "time %d" % rng.randint(0, 2)
            payload = {"id": name, "decision": rng.choice(["allow", "deny"])} if kind.startswith(("tool", "perm")) else {}
            steps.append(self.step(kind, payload, None, jump))
        jump = rng.choice([rng.randint(0, 9_999_999), -rng.randint(0, 15_000_000), -max(0, spent - rng.randint(0, 3_000_000))])
        own = rng.choice([{}, {"duration_ms": 0}, {"duration_ms": spent // 1000}, {"duration_ms": spent // rng.randint(1500, 9000)}, {"duration_ms": self.duration()}])
        if self.chance(0.3):  # all three states, then a clock that goes back behind most of it
            steps += [self.step("text", {}, None, 700_000), self.step("tool_call", {"id": "time 3"}, None, 500_000),
                      self.step("permission.request", {"id": "time 3"}, None, rng.randint(0, 900_000)), self.step("odd.kind", {}, None, rng.randint(0, 900_000))]
            jump = -rng.randint(0, spent + 2_500_000)
        last = self.result_step(run)[1] if self.chance(0.5) else {}
        last.pop("duration_ms", None)
        return steps + [self.step(rng.choice(["turn.result"] * 6 + ["turn.start", "run.ended"]), {**last, **own}, None, jump)]

    def scene_results_alone(self, run):
        """Results without a start, with own durations, after turns, other such results, and loose usage."""
        rng, steps = self.rng, self.some(0.5, self.result_step(run))
        for _ in range(rng.randint(1, 4)):
            steps += self.some(0.5, self.usage_step(run)) + self.some(0.2, self.usage_step(run, self.replaced(run)))
            kind, payload, _, _ = self.result_step(run)
            if self.chance(0.85):
                payload["duration_ms"] = self.duration()
            steps.append(self.step(kind, payload, None, rng.choice([None, rng.randint(0, 5_000_000), -rng.randint(0, 5_000_000)])))
        return steps

    def scene_seal(self, run):
        """Usage before and after a seal, late results, verdicts far away in time, and a resumption."""
        rng = self.rng
        far = lambda: self.step("verdict", {"state": "done"}, None, rng.choice([None, 10 ** 9, -10 ** 9]))
        steps = self.some(0.8, self.step("turn.start")) + self.some(0.7, self.usage_step(run), self.usage_step(run))
        steps += self.some(0.2, far()) + [self.step("run.ended")]
        for _ in range(rng.randint(0, 2)):
            steps += self.some(0.6, self.usage_step(run), self.usage_step(run, self.replaced(run)), far(), self.result_step(run))
        if self.chance(0.6):
            steps += [self.step("run.resumed")] + self.some(0.6, self.usage_step(run), self.usage_step(run, self.replaced(run)), self.result_step(run))
        return steps

    def scene_facts(self, run):
        """Many tags and scores, some taken away, at times far from the clock."""
        rng, steps = self.rng, []
        if self.chance(0.6):
            kind, most = rng.choice([("run.tag", 38), ("run.score", 20)])
            steps += [self.step(kind, {"name": "%s %d" % (kind[4:], index), "value": self.money()}) for index in rng.sample(range(most), most)]
        for _ in range(rng.choice([3, 8, 12])):
            kind = rng.choice(["run.tag"] * 5 + ["run.score"] * 3 + ["run.note", "agent.cost"])
            steps.append(self.step(kind, None, None, rng.choice([None, 0, 10 ** 8, -10 ** 8])))
        return steps

    def scene_long_context(self, run):
        """Requests at the three limits, corrected across them, cut by by_model."""
        rng, model = self.rng, self.rng.choice(MODELS)
        steps = self.some(0.7, self.step("turn.start"))
        for _ in range(rng.randint(1, 5)):
            table = {}
            self.context_of(table, rng.choice([100_000, 200_000, 272_000]) + rng.choice([0, 1]))
            replaces = rng.choice(self.state[run]["usages"][-3:] or [None]) if self.chance(0.35) else None
            steps.append(self.usage_step(run, replaces, model=model, **table))
        by_model = {model: {"input": self.count(300_000), "output": self.count(), "cache_read": self.count(300_000), "cache_create": self.count(10)}}
        return steps + self.some(0.6, self.result_step(run, by_model=by_model))

    def scene_permissions(self, run):
        rng, steps = self.rng, self.some(0.5, self.step("turn.start"))
        for _ in range(rng.randint(2, 6)):
            payload = {"id": "ask %d" % rng.randint(0, 3)} if self.chance(0.8) else {}
            kind = rng.choice(["permission.request", "permission.request", "permission.decision", "tool_call", "tool_result"])
            if kind == "permission.decision":
                payload["decision"] = rng.choice(["allow", "deny", "later"])
            steps.append(self.step(kind, payload))
        return steps + [rng.choice([self.result_step(run), self.step("turn.start"), self.step("run.ended")])]

    def scene_many_models(self, run):
        """More models in one turn than its row names."""
        rng, steps = self.rng, [self.step("turn.start")]
        names = ["model %d" % index for index in range(14)] + ["(other)", MODELS[0]]
        steps += [self.usage_step(run, model=rng.choice(names)) for _ in range(rng.randint(6, 16))]
        by_model = {name: {"input": self.count(), "cost_usd": self.money()} for name in rng.sample(names, rng.randint(1, 12))}
        return steps + [self.result_step(run, **({"by_model": by_model} if self.chance(0.6) else {}))]

    SCENES = ("corrections", "corrections", "corrections", "tiers", "left_running", "left_running", "orphans", "turn_time", "turn_time", "results_alone", "seal", "facts", "facts",
              "long_context", "permissions", "many_models")

    KINDS = (["turn.start"] * 6 + ["turn.result"] * 7 + ["input"] * 4 + ["text"] * 7 + ["thought"] * 3 + ["tool_call"] * 18 +
             ["tool_call_update"] * 7 + ["tool_result"] * 12 + ["permission.request"] * 3 + ["permission.decision"] * 3 + ["usage"] * 12 +
             ["error"] * 2 + ["checkpoint"] * 2 + ["span"] * 2 + ["compaction", "retry", "rate_limit", "run.started", "run.started", "verdict"] +
             ["run.tag"] * 2 + ["run.score"] * 2 + ["run.note", "agent.cost"] +
             ["odd.kind", "Text", "turn.end", "tool_call ", "(other)x"])

    def kind(self, run):
        mine = self.state[run]
        if mine["ended"]:
            if self.chance(0.04):
                mine["ended"] = False
                return "run.resumed"
            if self.chance(0.1):
                return self.rng.choice(["verdict", "run.ended", "turn.result", "turn.result", "turn.start"])
        elif self.chance(self.endiness):
            return "run.ended"
        if self.chance(0.004):
            return "run.resumed"
        if self.wide and self.chance(0.6):
            return self.focus
        if self.wide and self.chance(0.1):
            return "kind.%d" % self.rng.randint(0, 90)
        if self.chance(0.004):
            return long_name(self.rng, "kind")
        if mine["last_input"] is not None and not mine["ended"] and self.chance(0.75):
            return "tool_call"
        if self.calm and mine["calls"] and self.chance(0.25):  # answer the last call before the turn closes
            return self.rng.choice(["tool_result", "tool_result", "tool_call_update", "permission.request", "permission.decision"])
        return self.rng.choice(self.KINDS)

    # ---- the envelope

    def time(self, run, step=None):
        rng = self.rng
        if step is not None:
            self.now[run] += step
            return self.stamp(self.now[run])
        if self.chance(0.15):
            step = 0
        elif self.span == "tiny":
            step = rng.randint(0, 2500)
        elif self.span == "normal":
            step = rng.randint(0, 20_000_000)
        else:
            step = rng.choice([rng.randint(0, 999), rng.randint(0, 10 ** 6), rng.randint(0, 10 ** 9), rng.randint(0, 4 * 10 ** 9)])
        if self.chance(0.05):
            step = -rng.randint(0, 5 * 10 ** rng.randint(3, 9))
        if self.chance(0.01):
            step += rng.randint(0, 3) * 900_000_000
        self.now[run] += step
        return self.stamp(self.now[run])

    def stamp(self, micros):
        import datetime
        rng, offset = self.rng, 0
        zone = "Z"
        if self.chance(0.1):
            offset = rng.choice([0, 60, -60, 330, -570, 1439, -1439])
            zone = "%s%02d:%02d" % ("-" if offset < 0 or (offset == 0 and self.chance(0.5)) else "+", abs(offset) // 60, abs(offset) % 60)
        elif self.chance(0.03):
            zone = "z"
        moment = datetime.datetime(1970, 1, 1) + datetime.timedelta(microseconds=micros + offset * 60_000_000)
        text = moment.strftime("%Y-%m-%d") + ("t" if self.chance(0.03) else "T")
        if moment.second == 0 and self.chance(0.5):  # second 60 is the next second
            moment -= datetime.timedelta(seconds=1)
            text = moment.strftime("%Y-%m-%d") + "T" + moment.strftime("%H:%M:60")
        else:
            text += moment.strftime("%H:%M:%S")
        part = "%06d" % moment.microsecond
        if part != "000000" or self.chance(0.3):
            text += "." + (part.rstrip("0") or "0" if self.chance(0.5) else part + rng.choice(["", "", "9", "999", "0000000001"]))
        return text + zone

    def traceparent(self):
        rng = self.rng
        trace = "%032x" % rng.randint(1, 24)
        good = "00-%s-%016x-01" % (trace, rng.randint(1, 9))
        return rng.choice([good] * 6 + ["cc" + good[2:], "cc" + good[2:] + "-what", "cc" + good[2:] + "x", good + "-x", "ff" + good[2:], good.upper() + "A",
                                        "00-" + "0" * 32 + good[35:], good[:36] + "0" * 16 + "-01", "garbage", good[:-1], "", 7, None,
                                        "00-" + "AB" * 16 + good[35:], "01" + good[2:]])

    def deep(self):
        levels = self.rng.choice([127, 128, 129, 130])
        inner = levels - 1
        if self.chance(0.5):
            return Raw('{"deep":' + "[" * inner + "]" * inner + ',"name":"bash","id":"c1","status":"error"}')
        return Raw('{"name":"bash","id":"c1","type":"d","model":"m","deep":' + '{"a":' * inner + "1" + "}" * inner + "}")

    def line(self):
        rng = self.rng
        if self.kept and self.chance(0.03):
            return self.echo()
        run = rng.choice(self.runs) if self.chance(0.4) else self.runs[len(self.lines) // 12 % len(self.runs)]
        if not self.plot[run] and self.chance(self.scenic):
            self.plot[run] = getattr(self, "scene_" + rng.choice(self.SCENES))(run)
        payload = event_id = step = None
        if self.plot[run] and self.chance(0.93):
            kind, payload, event_id, step = self.plot[run].pop(0)
        else:
            kind = self.kind(run)
            if self.heads[run] == 0 and self.chance(0.7):
                kind = "run.started"
        if run == self.quiet:
            kind, payload, event_id = rng.choice(["run.tag", "run.note", "run.score", "agent.cost"]), None, None
        if kind in ("run.ended", "run.resumed"):
            self.state[run]["ended"] = kind == "run.ended"
        if self.chance(0.04):
            self.at[run] = rng.choice(self.sessions + [None])
        table = {"run": run, "kind": kind, "ts": self.time(run, step)}
        if self.at[run]:
            table["session"] = self.at[run]
        elif self.chance(0.1):
            table["session"] = rng.choice(["", None, 5, [], False])
        if self.chance(0.1):
            table["producer"] = rng.choice(["agent", "user", "system", "", None, 4])
        if kind == "usage" and event_id is None and self.chance(0.75):
            event_id = self.usage_id(run)
        if event_id:
            table["id"] = event_id
        elif self.chance(0.15):
            self.ids += 1
            table["id"] = "e%d" % self.ids
        elif self.chance(0.03):
            table["id"] = rng.choice(["", None, 3, {}])
        if self.chance(0.1):
            table["traceparent"] = self.traceparent()
        if self.chance(0.05):
            table["seq"] = self.heads[run] + 1
        elif self.chance(0.02):
            table["seq"] = rng.choice(["1", None, [], "x"])
        if self.chance(0.03):
            table["ordinal"], table["pos"] = rng.choice([1, 77, "x"]), rng.choice([1, 99, None])
        if self.chance(0.02):
            table["extra"] = {"run": "nope"}
        roll = rng.random()
        if roll < 0.01:
            table["payload"] = rng.choice([None, Raw("[]"), Raw("[1,2]"), "text", 5, True, False, Raw('"{}"')])
        elif roll < 0.018:
            table["payload"] = self.deep()
        elif roll < 0.03:
            pass
        else:
            table["payload"] = self.payload(run, kind) if payload is None else payload
        text = self.write.object(table, twice=0)
        self.heads[run] += 1
        self.kept.append((table, text, self.heads[run]))
        return text

    def echo(self):
        """A line seen before: by id or by seq, with the same or another body."""
        rng = self.rng
        table, text, seq = rng.choice(self.kept[-20:])
        run = table["run"]
        has_id = isinstance(table.get("id"), str) and table["id"] != ""
        mode = rng.random()
        if mode < 0.35 and has_id:
            return text                                     # duplicate by id
        again = {key: value for key, value in table.items() if key != "seq"}
        payload = raw_payload(text)
        if payload is not None:
            again["payload"] = Raw(payload)
        if mode < 0.5 and has_id:                           # conflict by id
            change = rng.choice(["kind", "payload", "session", "producer", "traceparent"])
            again[change] = {"kind": table["kind"] + "x", "payload": Raw('{"other":1}'), "session": "s-other",
                             "producer": "user" if table.get("producer") != "user" else "system",
                             "traceparent": "00-" + "ab" * 16 + "-" + "cd" * 8 + "-00"}[change]
            return self.write.object(again, twice=0)
        if mode < 0.6 and has_id:
            again.pop("ts")                                 # the repeat names no ts
            return self.write.object(again, twice=0)
        if mode < 0.8:
            again["seq"] = seq                              # duplicate by seq
            return self.write.object(again, twice=0)
        if mode < 0.9:
            again["seq"], again["payload"] = seq, Raw('{"not":"the same"}')
            return self.write.object(again, twice=0)
        again.pop("id", None)
        again["seq"] = self.heads[run] + rng.choice([2, 3, 1000])  # beyond the head: refused
        if self.ambiguous and self.chance(0.3):
            again["seq"] = rng.choice([0, -1, Raw("1.5"), Raw("1e400")])
        return self.write.object(again, twice=0)

    JUNK = ["not json", "{", "[]", "5", '"run"', "{}", '{"run":"run-0"}', '{"kind":"text"}', '{"run":"","kind":"text"}', '{"run":5,"kind":"text"}',
            '{"run":"run-0","kind":""}', '{"run":"run-0","kind":null}', '{"run":"a\\u0001b","kind":"text"}', '{"run":"a\\u0085b","kind":"text"}',
            '{"run":"' + "r" * 201 + '","kind":"text"}', '{"run":"run-0","kind":"text","payload":{"a":NaN}}',
            '{"run":"run-0","kind":"text","payload":{"a":01}}', '{"run":"run-0","kind":"text","payload":{"a":1,}}',
            '{"run":"run-0","kind":"text"} x', '{"run":"run-0","kind":"text"', "{'run':1}", '{"run":"run-0","kind":"text","payload":{"a":"\\x"}}',
            '{"run":"run-0","kind":"text","payload":{"a":"\t"}}', '{"run":"run-0","kind":"text","payload":{"a":Infinity}}',
            '{"run":"run-0","kind":"text","payload":{"a":+1}}', '{"run":"run-0","kind":"text","payload":{"a":.5}}']

    def log(self):
        while len(self.lines) < self.size:
            self.lines.append(self.rng.choice(self.JUNK) if self.chance(0.008) else self.line())
        text = "\n".join(self.lines)
        if self.chance(0.9):
            text += "\n"
        return (b"\xef\xbb\xbf" if self.chance(0.03) else b"") + text.encode()


def rng_name(rng, tag):
    return "%s %d" % (tag, rng.randint(0, 10 ** 6))


def raw_payload(text):
    sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
    from fold_oracle import raw_members
    return raw_members(text).get("payload")


def size_of(rng, most):
    """Most logs small and dense, few large."""
    roll = rng.random()
    if roll < 0.08:
        size = rng.randint(1, 8)
    elif roll < 0.5:
        size = rng.randint(20, 80)
    elif roll < 0.95:
        size = rng.randint(80, 200)
    else:
        size = rng.randint(200, max(200, most))
    return max(1, min(size, most))


def main(arguments):
    ambiguous = "--ambiguous" in arguments
    arguments = [item for item in arguments if not item.startswith("--")]
    if len(arguments) != 4:
        sys.exit(__doc__)
    seed, number, most, folder = int(arguments[0]), int(arguments[1]), int(arguments[2]), arguments[3]
    os.makedirs(folder, exist_ok=True)
    for index in range(number):
        rng = random.Random("%d/%d" % (seed, index))
        generator = Generator(rng, size_of(rng, most), ambiguous)
        if generator.wide:
            generator.size = most  # bounds are only reached in large logs
        with open(os.path.join(folder, "log-%d-%d.jsonl" % (seed, index)), "wb") as handle:
            handle.write(generator.log())


if __name__ == "__main__":
    main(sys.argv[1:])
