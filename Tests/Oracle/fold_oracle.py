#!/usr/bin/env python3
"""Independent reference reading of FOLD.md: native JSON Lines logs in, digests and sums out.

usage: python3 fold_oracle.py LOG.jsonl...        (one JSON object on standard output)
FOLD_ORACLE_SUM_NAMES=own|run   own (default): sums never use "(other)"; run: sums use the names of the run's bounded maps
Money and scores are printed as decimal strings ("0.03"); the time states of sums in microseconds (time) and, each cut
towards zero, in milliseconds (time_ms). Prices are not applied: cost.estimated_usd is null, cost.is_minimum is true where
a request is partial or unknown, else null. Standard library only, slow on purpose, no shared code with any other fold.
This is fold version 2: where §15 contradicts an earlier section, §15 counts.
"""
import json
import os
import re
import sys
from fractions import Fraction

sys.set_int_max_str_digits(0)
SUM_NAMES = os.environ.get("FOLD_ORACLE_SUM_NAMES", "own")

# ---------------------------------------------------------------- JSON, strict, iterative, raw spans


class Number:
    """A JSON number, kept as its text."""
    __slots__ = ("text",)

    def __init__(self, text):
        self.text = text


class NotJSON(Exception):
    pass


SPACE = re.compile(r"[ \t\n\r]*")
STRING = re.compile(r'"([^"\\\x00-\x1f]*(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\x00-\x1f]*)*)"')
NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
ESCAPE = re.compile(r'\\u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})|\\u([0-9a-fA-F]{4})|\\(.)', re.S)
SHORT = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\", "/": "/"}
WORDS = (("true", True), ("false", False), ("null", None))


def unescape(match):
    high, low, single, short = match.groups()
    if high:
        return chr(0x10000 + ((int(high, 16) - 0xD800) << 10) + int(low, 16) - 0xDC00)
    if single:
        code = int(single, 16)
        return "\ufffd" if 0xD800 <= code <= 0xDFFF else chr(code)  # a lone surrogate
    return SHORT[short]


def skip(text, at):
    return SPACE.match(text, at).end()


def read_string(text, at):
    match = STRING.match(text, at)
    if not match:
        raise NotJSON(at)
    body = match.group(1)
    return (ESCAPE.sub(unescape, body) if "\\" in body else body), match.end()


def read_key(text, at):
    key, at = read_string(text, at)
    at = skip(text, at)
    if text[at:at + 1] != ":":
        raise NotJSON(at)
    return key, at + 1


def read_value(text, at):
    """(value, end, depth): one JSON value from `at`; depth counts nested objects and arrays."""
    stack, depth = [], 0
    while True:
        at = skip(text, at)
        head = text[at:at + 1]
        if head in ("{", "["):
            depth = max(depth, len(stack) + 1)
            at = skip(text, at + 1)
            container = {} if head == "{" else []
            if text[at:at + 1] == ("}" if head == "{" else "]"):
                value, at = container, at + 1
            else:
                key = None
                if head == "{":
                    key, at = read_key(text, at)
                stack.append((container, key))
                continue
        elif head == '"':
            value, at = read_string(text, at)
        else:
            for word, value in WORDS:
                if text.startswith(word, at):
                    at += len(word)
                    break
            else:
                match = NUMBER.match(text, at)
                if not match or match.end() == at:
                    raise NotJSON(at)
                value, at = Number(match.group()), match.end()
        while stack:
            container, key = stack[-1]
            is_object = isinstance(container, dict)
            if is_object:
                container[key] = value  # §1: a key twice, the last one
            else:
                container.append(value)
            at = skip(text, at)
            mark = text[at:at + 1]
            if mark == ",":
                at += 1
                if is_object:
                    key, at = read_key(text, skip(text, at))
                    stack[-1] = (container, key)
                break
            if mark != ("}" if is_object else "]") or not mark:
                raise NotJSON(at)
            at += 1
            value = container
            stack.pop()
        else:
            return value, at, depth


def raw_members(text):
    """{key: raw text of its value} of an object's text (last one wins)."""
    found, at = {}, skip(text, 0) + 1
    at = skip(text, at)
    if text[at:at + 1] == "}":
        return found
    while True:
        key, at = read_key(text, skip(text, at))
        start = skip(text, at)
        _, end, _ = read_value(text, start)
        found[key] = text[start:end]
        at = skip(text, end)
        if text[at:at + 1] == "}":
            return found
        at += 1


# ---------------------------------------------------------------- values of keys (§2, §13.2)

NUMBER_PARTS = re.compile(r"(-?)([0-9]+)(?:\.([0-9]+))?(?:[eE]([+-]?[0-9]+))?$")
COUNT_LIMIT = 1 << 53
DURATION_LIMIT = 10 ** 11   # §15.16, in ms
TOKEN_LIMIT = 10 ** 12      # §15.16


def exact(value):
    """A JSON number as (negative, Fraction); too large for anything: None; vanishing ones keep their sign as 1e-40."""
    if not isinstance(value, Number):
        return None
    sign, whole, part, exponent = NUMBER_PARTS.match(value.text).groups()
    digits = (whole + (part or "")).lstrip("0")
    if not digits:
        return Fraction(0)
    power = int(exponent or 0) - len(part or "")
    size = len(digits) + power
    if size > 40:
        return None
    if size < -40:
        number = Fraction(1, 10 ** 40)
    else:
        number = Fraction(int(digits)) * Fraction(10) ** power
    return -number if sign else number


def count_of(value, limit=COUNT_LIMIT):
    """§2: 0 to 2^53, a fraction is cut off; §13.2, §15.16: sign and limit first."""
    number = exact(value)
    if number is None or number < 0 or number > limit:
        return None
    return int(number)


def duration_of(value):
    return count_of(value, DURATION_LIMIT)


def tokens_of(value):
    return count_of(value, TOKEN_LIMIT)


def signed_of(value):
    """§2: exit_code keeps its sign."""
    number = exact(value)
    if number is None or abs(number) > COUNT_LIMIT:
        return None
    return int(number)


def money_of(value):
    """§2: whole nano-dollars, half away from zero; §13.2: beyond 64 bits absent."""
    number = exact(value)
    if number is None:
        return None
    nano = int(abs(number) * 10 ** 9 + Fraction(1, 2))
    nano = -nano if number < 0 else nano
    return nano if -(1 << 63) <= nano < (1 << 63) else None


def money_text(nano):
    if nano is None:
        return None
    whole, part = divmod(abs(nano), 10 ** 9)
    text = str(whole) + (("." + "%09d" % part).rstrip("0") if part else "")
    return ("-" if nano < 0 else "") + text


def text_of(value):
    """§13.2: an empty string reads as absent."""
    return value if isinstance(value, str) and value else None


def cut(name):
    """§11, §13.6: at most 200 bytes, between Unicode scalars."""
    if name is None or len(name.encode()) <= 200:
        return name
    return name.encode()[:200].decode("utf-8", "ignore")


def first_text(payload, keys):
    for key in keys:
        if text_of(payload.get(key)):
            return key, payload[key]
    return None, None


# ---------------------------------------------------------------- time (§1, §11, §13.1)

STAMP = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})[Tt]([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]+))?"
                   r"(?:[Zz]|([+-])([0-9]{2}):([0-9]{2}))\Z")
MONTH_DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def leap(year):
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def days_from_civil(year, month, day):
    year -= month <= 2
    era, of_era = divmod(year, 400)
    of_year = (153 * (month + (-3 if month > 2 else 9)) + 2) // 5 + day - 1
    return era * 146097 + of_era * 365 + of_era // 4 - of_era // 100 + of_year - 719468


def civil_from_days(days):
    era, of_era = divmod(days + 719468, 146097)
    year = (of_era - of_era // 1460 + of_era // 36524 - of_era // 146096) // 365
    of_year = of_era - (365 * year + year // 4 - year // 100)
    month = (5 * of_year + 2) // 153
    day = of_year - (153 * month + 2) // 5 + 1
    month += 3 if month < 10 else -9
    return year + era * 400 + (month <= 2), month, day


def micros_of(value):
    """RFC 3339 text to microseconds UTC; no time: None (§13.1)."""
    match = STAMP.match(value) if isinstance(value, str) else None
    if not match:
        return None
    year, month, day, hour, minute, second = (int(part) for part in match.groups()[:6])
    if not 1 <= month <= 12 or hour > 23 or minute > 59 or second > 60:
        return None
    if not 1 <= day <= MONTH_DAYS[month - 1] + (month == 2 and leap(year)):
        return None
    offset = 0
    if match.group(8):
        away_hours, away_minutes = int(match.group(9)), int(match.group(10))
        if away_hours > 23 or away_minutes > 59:
            return None
        offset = (away_hours * 60 + away_minutes) * (1 if match.group(8) == "+" else -1)
    seconds = days_from_civil(year, month, day) * 86400 + hour * 3600 + (minute - offset) * 60 + second
    return seconds * 1_000_000 + int(((match.group(7) or "") + "000000")[:6])  # digits past the microsecond are cut


def time_text(micros, with_ms=True):
    if micros is None:
        return None
    seconds, part = divmod(micros, 1_000_000)
    days, rest = divmod(seconds, 86400)
    stamp = "%04d-%02d-%02dT%02d:%02d:%02d" % (*civil_from_days(days), rest // 3600, rest // 60 % 60, rest % 60)
    return stamp + (".%03dZ" % (part // 1000) if with_ms else "Z")


BUCKET = 900 * 1_000_000  # §12: 15 minutes

# ---------------------------------------------------------------- sketches (§10)


def sketch_bucket(value):
    """(low, high), both inclusive."""
    if value < 64:
        return value, value
    width = 1 << (value.bit_length() - 6)
    low = value - value % width
    return low, low + width - 1


class Sketch:
    def __init__(self):
        self.buckets, self.count, self.sum, self.min, self.max = {}, 0, 0, None, None

    def add(self, value):
        bucket = sketch_bucket(value)
        self.buckets[bucket] = self.buckets.get(bucket, 0) + 1
        self.count += 1
        self.sum += value
        self.min = value if self.min is None else min(self.min, value)
        self.max = value if self.max is None else max(self.max, value)

    def merge(self, other):
        for bucket, number in other.buckets.items():
            self.buckets[bucket] = self.buckets.get(bucket, 0) + number
        self.count += other.count
        self.sum += other.sum
        if other.count:
            self.min = other.min if self.min is None else min(self.min, other.min)
            self.max = other.max if self.max is None else max(self.max, other.max)

    def percentile(self, percent):
        if not self.count:
            return None
        rank, seen = (percent * self.count + 99) // 100, 0
        for low, high in sorted(self.buckets):
            seen += self.buckets[(low, high)]
            if seen >= rank:
                return max(self.min, min(self.max, (low + high) // 2))

    def shown(self):
        return {"count": self.count, "sum_ms": self.sum, "min_ms": self.min, "max_ms": self.max,
                "p50_ms": self.percentile(50), "p90_ms": self.percentile(90),
                "p95_ms": self.percentile(95), "p99_ms": self.percentile(99)}


# ---------------------------------------------------------------- additive parts (§11, §12)

TOKEN_CLASSES = ("input", "output", "reasoning", "cache_read", "cache_write", "cache_write_1h")
EVENT_CLASSES = ("requests", "partial_requests", "unknown_requests", "web_searches")  # by_model leaves them (§5, §15.9)
CLASSES = EVENT_CLASSES + TOKEN_CLASSES
REPLACED = (("input", "input"), ("output", "output"), ("cache_read", "cache_read"), ("cache_write", "cache_create"))
LONG_CONTEXT = {"100k": 100_000, "200k": 200_000, "272k": 272_000}  # §15.17
TIERS = ("fast", "priority", "flex", "batch")  # §15.9


def zero_classes():
    return dict.fromkeys(CLASSES, 0)


def zero_tally():
    return {**zero_classes(), "long_context": {part: zero_classes() for part in LONG_CONTEXT}}


def zero_model():
    return {**zero_tally(), "subagent": zero_tally()}


def tier_of(name):
    """§15.9: (model, tier or None); only one of the four behind the last @ is a tier."""
    model, mark, tier = name.rpartition("@")
    return (model, tier) if mark and tier in TIERS else (name, None)


def add_nested(target, source, sign=1):
    for key, value in source.items():
        if isinstance(value, dict):
            add_nested(target[key], value, sign)
        else:
            target[key] += sign * value


class Tool:
    COUNTS = ("calls", "failed", "denied", "cancelled", "missing")

    def __init__(self):
        self.counts, self.latency = dict.fromkeys(self.COUNTS, 0), Sketch()

    def merge(self, other):
        add_nested(self.counts, other.counts)
        self.latency.merge(other.latency)

    def shown(self):
        return {**self.counts, "latency": self.latency.shown()}


OTHER = "(other)"


def bounded(table, name, limit):
    """§11: first come, first kept; the rest under (other), which is one more."""
    if limit is None or name in table or name == OTHER:
        return name
    return name if len(table) - (OTHER in table) < limit else OTHER


class Sum:
    """The additive parts, of one event (a delta), a run, a session, a bucket."""
    PLAIN = ("event_count", "active_us", "tool_calls", "tool_failed", "retries", "rate_limits", "compactions",
             "late_events", "quarantined")

    def __init__(self, limits=False):
        self.limits = {"kinds": 64, "models": 64, "tools": 256, "errors": 128} if limits else {}
        self.plain = dict.fromkeys(self.PLAIN, 0)
        self.time = {"model_us": 0, "tool_us": 0, "waiting_us": 0, "idle_us": 0}
        self.turns = {"count": 0, "completed": 0, "cancelled": 0, "failed": 0, "abandoned": 0}
        self.permissions = {"requested": 0, "allowed": 0, "denied": 0, "unanswered": 0}
        self.kinds, self.errors, self.issues, self.models, self.tools = {}, {}, {}, {}, {}
        self.turn_latency, self.ttft = Sketch(), Sketch()
        self.reported = None

    def model(self, name):
        name = bounded(self.models, name, self.limits.get("models"))
        if name not in self.models:
            self.models[name] = zero_model()
        return self.models[name]

    def tool(self, name):
        name = bounded(self.tools, name, self.limits.get("tools"))
        if name not in self.tools:
            self.tools[name] = Tool()
        return self.tools[name]

    def report(self, nano):
        self.reported = (self.reported or 0) + nano

    def merge(self, other):
        add_nested(self.plain, other.plain)
        add_nested(self.time, other.time)
        add_nested(self.turns, other.turns)
        add_nested(self.permissions, other.permissions)
        for part in ("kinds", "errors", "issues"):
            table = getattr(self, part)
            for name, number in getattr(other, part).items():
                name = bounded(table, name, self.limits.get(part))
                table[name] = table.get(name, 0) + number
        for name, tally in other.models.items():
            add_nested(self.model(name), tally)
        for name, tool in other.tools.items():
            self.tool(name).merge(tool)
        self.turn_latency.merge(other.turn_latency)
        self.ttft.merge(other.ttft)
        if other.reported is not None:
            self.report(other.reported)

    def named_as_in(self, run_sum):
        """FOLD_ORACLE_SUM_NAMES=run: this delta under the names that the run's bounded maps gave it (after the merge)."""
        renamed = Sum()
        renamed.plain, renamed.time, renamed.turns, renamed.issues = self.plain, self.time, self.turns, self.issues
        renamed.permissions = self.permissions
        renamed.turn_latency, renamed.ttft, renamed.reported = self.turn_latency, self.ttft, self.reported
        for part in ("kinds", "errors"):
            for name, number in getattr(self, part).items():
                name = name if name in getattr(run_sum, part) else OTHER
                getattr(renamed, part)[name] = getattr(renamed, part).get(name, 0) + number
        for name, tally in self.models.items():
            add_nested(renamed.model(name if name in run_sum.models else OTHER), tally)
        for name, tool in self.tools.items():
            renamed.tool(name if name in run_sum.tools else OTHER).merge(tool)
        return renamed

    def shown_models(self):
        return {name: self.models[name] for name in sorted(self.models)}

    def shown_tools(self):
        return {name: self.tools[name].shown() for name in sorted(self.tools)}

    def shown(self):
        return {"event_count": self.plain["event_count"], "kinds": sorted_map(self.kinds), "time": self.time,
                "time_ms": {key[:-3] + "_ms": toward_zero(value) for key, value in self.time.items()},
                "turns": self.turns, "permissions": self.permissions, "active_us": self.plain["active_us"],
                "turn_latency": self.turn_latency.shown(), "ttft": self.ttft.shown(), "models": self.shown_models(),
                "tool_calls": self.plain["tool_calls"], "tool_failed": self.plain["tool_failed"],
                "tools": self.shown_tools(), "errors": sorted_map(self.errors), "issues": sorted_map(self.issues),
                "retries": self.plain["retries"], "rate_limits": self.plain["rate_limits"],
                "compactions": self.plain["compactions"], "late_events": self.plain["late_events"],
                "quarantined": self.plain["quarantined"], "reported_usd": money_text(self.reported)}


def sorted_map(table):
    """By UTF-8 bytes, which is the order of Unicode scalars."""
    return {name: table[name] for name in sorted(table)}


def toward_zero(micros):
    """§15.1: -1,500 µs is -1 ms."""
    return micros // 1000 if micros >= 0 else -(-micros // 1000)


# ---------------------------------------------------------------- the log (§1, §13.1)


class Event:
    __slots__ = ("run", "seq", "pos", "session", "ordinal", "ts", "kind", "producer", "id", "traceparent",
                 "payload_raw", "payload", "quarantine")


CONTROL = re.compile("[\u0000-\u001f\u007f-\u009f]")
MAX_DEPTH = 128


class Log:
    def __init__(self):
        self.events, self.duplicates, self.refused = [], 0, []
        self.heads, self.ordinals, self.by_id, self.by_seq = {}, {}, {}, {}

    def read_file(self, path):
        with open(path, "rb") as handle:
            data = handle.read()
        self.read_bytes(data)

    def read_bytes(self, data):
        if data.startswith(b"\xef\xbb\xbf"):
            data = data[3:]
        for number, line in enumerate(data.split(b"\n"), 1):
            if line.strip(b" \t\r"):
                self.read_line(number, line)

    def read_line(self, number, line):
        try:
            text = line.decode("utf-8")
            envelope, end, _ = read_value(text, 0)
            if skip(text, end) != len(text) or not isinstance(envelope, dict):
                raise NotJSON(end)
        except (UnicodeDecodeError, NotJSON):
            return self.refused.append(number)
        event = Event()
        event.run, event.kind = text_of(envelope.get("run")), text_of(envelope.get("kind"))
        if not event.run or not event.kind or len(event.run.encode()) > 200 or CONTROL.search(event.run):
            return self.refused.append(number)
        event.session, event.id = text_of(envelope.get("session")), text_of(envelope.get("id"))
        event.traceparent = text_of(envelope.get("traceparent"))
        event.producer = envelope.get("producer")
        if event.producer not in ("agent", "user", "system"):
            event.producer = "agent"
        named_ts = micros_of(envelope.get("ts"))
        event.ts = 0 if named_ts is None else named_ts
        event.payload_raw, event.payload, event.quarantine = "{}", {}, None
        if envelope.get("payload") is not None:
            event.payload_raw = raw_members(text)["payload"]
            payload, _, depth = read_value(event.payload_raw, 0)
            if not isinstance(payload, dict):
                event.quarantine = "not an object"
            elif depth > MAX_DEPTH:
                event.quarantine = "too deep"  # §9
            else:
                event.payload = payload

        earlier = self.by_id.get((event.run, event.id)) if event.id else None  # the id is looked up before the seq
        head = self.heads.get(event.run, 0)
        if earlier is None and isinstance(envelope.get("seq"), Number):
            wanted = exact(envelope["seq"])
            if wanted != head + 1:
                earlier = self.by_seq.get((event.run, int(wanted))) if wanted is not None and wanted == int(wanted) else None
                if earlier is None:
                    return self.refused.append(number)
        if earlier is not None:
            if self.same_body(earlier, event, named_ts):
                self.duplicates += 1
                return None
            return self.refused.append(number)

        event.seq = self.heads[event.run] = head + 1
        event.ordinal = None
        if event.session:
            event.ordinal = self.ordinals[event.session] = self.ordinals.get(event.session, 0) + 1
        self.events.append(event)
        event.pos = len(self.events)
        self.by_seq[(event.run, event.seq)] = event
        if event.id:
            self.by_id[(event.run, event.id)] = event

    @staticmethod
    def same_body(stored, repeat, named_ts):
        return (stored.kind == repeat.kind and stored.session == repeat.session and stored.producer == repeat.producer
                and stored.id == repeat.id and stored.traceparent == repeat.traceparent
                and stored.payload_raw == repeat.payload_raw and (named_ts is None or named_ts == stored.ts))


# ---------------------------------------------------------------- the fold

TOOL_ID_KEYS = {"tool_call": ("id", "toolCallId"), "tool_call_update": ("toolCallId", "id"),
                "tool_result": ("tool_use_id", "toolCallId", "id")}
NAME_KEYS = ("name", "tool_name", "toolName", "title")
OPENING = ("input", "text", "thought", "tool_call")
OUTPUT = ("text", "thought", "tool_call")
UNRESOLVED = (None, "pending", "queued", "running", "in_progress")
NORMAL_STOPS = (None, "success", "completed", "end_turn", "stop", "stop_sequence", "tool_use", "cancelled", "interrupted")
PERMISSION_TOOLS = ("permission_prompt", "request_approval")
VERDICTS = ("done", "in_review", "blocked", "cancelled")
CAUSES = ("stop", "crash", "fail", "terminate")
SEVERITY = {"missing_tool_result": "error", "unanswered_permission": "warning", "orphan_tool_result": "warning",
            "incomplete_turn": "warning", "abnormal_stop": "warning", "late_event": "info", "mixed_id_shape": "info",
            "duplicate_tool_call": "info", "repeated_call": "warning"}
TRACEPARENT = re.compile(r"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?\Z", re.S)
REPEATS = 5
CLOCKLESS = ("agent.cost", "run.tag", "run.note", "run.score")  # §15.18
TAGS, SCORES, ROW_MODELS = 32, 16, 8


def turn_class(status):
    """§3."""
    if status in ("success", "completed"):
        return "completed"
    if status in ("cancelled", "interrupted"):
        return "cancelled"
    return "abandoned" if status == "abandoned" else "failed"


def is_permission_tool(name):
    """§7: bare or behind …__."""
    return any(name == tool or name.endswith("__" + tool) for tool in PERMISSION_TOOLS)


def span_ms(start, end):
    return max(0, end - start) // 1000


HANDLED = ("run.started", "run.ended", "run.resumed", "verdict", "turn.start", "turn.result", "input", "tool_call",
           "tool_call_update", "tool_result", "permission.request", "permission.decision", "usage", "error", "checkpoint",
           "span", "compaction", "retry", "rate_limit", *CLOCKLESS)


class Usage:
    """What one usage event says, kept for a later correction (§15.7)."""

    def __init__(self, payload, subagent):
        self.copied = payload.get("copied") is True
        self.subagent = subagent
        self.model = text_of(payload.get("model"))
        self.tier = payload.get("tier") if payload.get("tier") in TIERS else None
        self.cost = money_of(payload.get("cost_usd"))
        read = {key: tokens_of(payload.get(key + "_tokens")) for key in TOKEN_CLASSES}
        self.names_context = any(read[key] is not None for key in ("input", "cache_read", "cache_write"))
        own = {"requests": 1, "partial_requests": int(payload.get("partial") is True),
               "unknown_requests": int(payload.get("unknown") is True),
               "web_searches": count_of(payload.get("web_searches")) or 0,
               **{key: value or 0 for key, value in read.items()}}
        self.context = own["input"] + own["cache_read"] + own["cache_write"]
        self.counts = {**own, "long_context": {part: dict(own) if self.context > limit else zero_classes()
                                               for part, limit in LONG_CONTEXT.items()}}
        self.place = None                   # the Tally it lies in; None: the run alone


class Tally:
    """Usage of one turn, or of no turn (§15.6): what a turn.result settles."""

    def __init__(self):
        self.models = {}                    # name -> classes with long_context, in the order first met; never a sub-agent's (§5)
        self.costs = {}                     # name -> nano-dollars, where one was reported (§15.11)
        self.own_cost = self.subagent_cost = None

    def model(self, name):
        return self.models.setdefault(name, zero_tally())

    def add(self, name, usage, sign=1):
        if usage.subagent:
            if usage.cost is not None:
                self.subagent_cost = (self.subagent_cost or 0) + sign * usage.cost
            return
        add_nested(self.model(name), usage.counts, sign)
        if usage.cost is not None:
            self.own_cost = (self.own_cost or 0) + sign * usage.cost
            self.costs[name] = self.costs.get(name, 0) + sign * usage.cost

    def merge(self, other):
        for name, counts in other.models.items():
            add_nested(self.model(name), counts)
        for name, cost in other.costs.items():
            self.costs[name] = self.costs.get(name, 0) + cost
        if other.own_cost is not None:
            self.own_cost = (self.own_cost or 0) + other.own_cost

    def cost(self):
        """§5: a sub-agent's cost always counts."""
        if self.own_cost is None and self.subagent_cost is None:
            return None
        return (self.own_cost or 0) + (self.subagent_cost or 0)

    def shown_models(self):
        """§15.11: the first eight met, the rest under (other)."""
        rows, costs = {}, {}
        for name, counts in self.models.items():
            key = bounded(rows, name, ROW_MODELS)
            row = rows.setdefault(key, dict.fromkeys(("requests", "input", "output", "cache_read", "cache_write", "cache_write_1h"), 0))
            for part in row:
                row[part] += counts[part]
            if name in self.costs:
                costs[key] = costs.get(key, 0) + self.costs[name]
        return {key: {**rows[key], "cost_usd": money_text(costs.get(key))} for key in sorted(rows)}


class Turn:
    def __init__(self, idx, event, turn_id, synthetic):
        self.idx, self.turn_id, self.synthetic = idx, turn_id, synthetic
        self.start, self.end = event, None
        self.start_ts = event.ts
        self.session = event.session
        self.own_ms = None
        self.charged = {"model": 0, "tool": 0, "waiting": 0}  # µs that the clock charged while this turn was open (§15.1)
        self.opened_by_output = event.kind in OUTPUT
        self.ttft = None
        self.status = self.stop_reason = None
        self.tally = Tally()
        self.tool_calls = self.tool_failed = self.errors = self.issues = 0
        self.prompt = False
        self.streak = (None, None, 0)       # §7 repeated_call: name, raw input, length

    def shown(self, run):
        tokens = {key: sum(tally[key] for tally in self.tally.models.values())
                  for key in ("input", "output", "cache_read", "cache_write")}
        end = self.end
        return {"run": run, "idx": self.idx, "turn_id": self.turn_id, "synthetic": self.synthetic, "session": self.session,
                "start_seq": self.start.seq, "end_seq": end and end.seq, "start_ordinal": self.start.ordinal,
                "end_ordinal": end and end.ordinal, "start_ts": time_text(self.start_ts),
                "end_ts": end and time_text(end.ts), "duration_ms": span_ms(self.start_ts, end.ts) if end else None,
                "own_ms": self.own_ms, "ttft_ms": self.ttft, "status": self.status, "stop_reason": self.stop_reason, "tokens": tokens,
                "models": self.tally.shown_models(), "cost_usd": money_text(self.tally.cost()), "tool_calls": self.tool_calls, "tool_failed": self.tool_failed,
                "errors": self.errors, "issues": self.issues, "prompt": self.prompt}


class Call:
    def __init__(self, call_id, event, name, turn):
        self.id, self.event, self.name, self.turn = call_id, event, name, turn
        self.end_ts, self.status = None, "open"
        self.own_ms = None
        self.left_running = False           # resolved with `running`, the final resolution still to come (§15.5)

    def shown(self, run):
        done = self.end_ts is not None
        return {"run": run, "call_id": self.id, "seq": self.event.seq, "ordinal": self.event.ordinal, "name": self.name,
                "turn": self.turn.idx if self.turn else None, "start_ts": time_text(self.event.ts),
                "end_ts": time_text(self.end_ts), "duration_ms": span_ms(self.event.ts, self.end_ts) if done else None,
                "own_ms": self.own_ms, "status": self.status}


class Request:
    def __init__(self, event, name, turn):
        self.event, self.name, self.turn = event, name, turn


class Run:
    def __init__(self, run):
        self.run = run
        self.sum = Sum(limits=True)
        self.watermark = 0
        self.session = self.first_ts = self.clock = None
        self.facts = dict.fromkeys(("agent", "model", "project", "host", "parent_run", "title", "forked_from",
                                    "repository", "branch", "commit", "agent_type", "team"))
        self.turns, self.open_turn, self.abandoned_by_seal = [], None, None
        self.loose = Tally()     # usage outside of turns (§15.6)
        self.usages = {}         # event id -> Usage
        self.agent_cost, self.tags, self.notes, self.scores = None, set(), 0, {}
        self.calls, self.open_calls, self.requests, self.denied = {}, {}, {}, {}
        self.spellings = {}
        self.findings, self.anchors = [], {"error": {}, "issue": {}}
        self.context = {"last": None, "max": None, "window": None}
        self.launch, self.stages = {}, {}
        self.trace_ids, self.first_trace, self.malformed = set(), None, 0
        self.quarantine = []
        self.sealed = False
        self.verdict = self.last_turn = None
        self.outcome = None      # of the seal: cause, by, reason, exit_code, interrupted, ended_at, bucket, had_turns
        self.delta = None

    # ------------------------------------------------------------ one event

    def step(self, event):
        """Folds one event; returns its delta (§12)."""
        self.delta = delta = Sum()
        payload = event.payload
        kind = event.kind
        assert event.seq == self.watermark + 1
        self.watermark = event.seq
        delta.plain["event_count"] = 1
        delta.kinds[cut(kind)] = 1
        if kind not in CLOCKLESS and not (self.sealed and kind == "verdict"):  # §15.18
            self.advance_clock(event)
        self.session = event.session or self.session
        self.read_trace(event)
        if event.quarantine:
            delta.plain["quarantined"] = 1
            self.quarantine.append({"seq": event.seq, "reason": event.quarantine})
        if self.sealed and kind not in ("run.resumed", "verdict", *CLOCKLESS):  # §7, §8, §15.18
            delta.plain["late_events"] = 1
            self.issue("late_event", event, cut(kind), None)
        subagent = payload.get("subagent") is True and kind != "input"  # §13.3

        if kind in OPENING and not subagent and not self.sealed and self.open_turn is None:  # §3
            self.start_turn(event, None, synthetic=True)
        if kind in OUTPUT and not subagent:
            self.first_output(event)
        if kind in HANDLED:
            getattr(self, "on_" + kind.replace(".", "_"))(event, payload, subagent)
        self.sum.merge(delta)
        self.check_time()
        return delta

    def check_time(self):
        """§4 and §15.1: what must hold for a run after each event."""
        time, open_turn = self.sum.time, self.open_turn
        assert sum(time.values()) == (self.clock or 0) - (self.first_ts or 0) and min(time.values()) >= 0
        charged = time["model_us"] + time["tool_us"] + time["waiting_us"]
        assert charged <= self.sum.plain["active_us"] + (self.clock - open_turn.start_ts if open_turn else 0)

    def advance_clock(self, event):
        """§4, §15.1: with no turn open, time is idle."""
        if self.clock is None:
            self.first_ts = self.clock = event.ts
        elapsed = max(0, event.ts - self.clock)
        state = "idle"
        if self.open_turn:
            state = "waiting" if self.requests else "tool" if self.open_calls else "model"
            self.open_turn.charged[state] += elapsed
        self.delta.time[state + "_us"] += elapsed
        self.clock = max(self.clock, event.ts)

    def read_trace(self, event):
        """§1, §11 and W3C trace context."""
        if not event.traceparent:
            return
        match = TRACEPARENT.match(event.traceparent)
        bad = (not match or match.group(1) == "ff" or not match.group(2).strip("0") or not match.group(3).strip("0")
               or (match.group(1) == "00" and match.group(5) is not None))
        if bad:
            self.malformed += 1
            return
        self.first_trace = self.first_trace or match.group(2)
        if len(self.trace_ids) < 16:
            self.trace_ids.add(match.group(2))

    # ------------------------------------------------------------ findings (§7)

    def error(self, name, anchor, label, turn):
        self.find("error", cut(name), "error", anchor, label, turn)

    def issue(self, name, anchor, label, turn):
        self.find("issue", name, SEVERITY[name], anchor, label, turn)

    def find(self, sort, name, severity, anchor, label, turn):
        label = cut(label)
        self.findings.append({"run": self.run, "n": len(self.findings), "type": sort, "class": name, "severity": severity,
                              "seq": anchor.seq, "ordinal": anchor.ordinal, "ts": time_text(anchor.ts), "label": label,
                              "turn": turn.idx if turn else None})
        counts = self.delta.errors if sort == "error" else self.delta.issues
        counts[name] = counts.get(name, 0) + 1
        if turn:
            if sort == "error":
                turn.errors += 1
            else:
                turn.issues += 1
        table = self.anchors[sort]
        key = bounded(table, name, 128)
        shown = {"seq": anchor.seq, "ordinal": anchor.ordinal, "ts": time_text(anchor.ts), "label": label}
        entry = table.setdefault(key, {"count": 0, "first": shown, "last": shown})
        entry["count"] += 1
        entry["last"] = shown

    # ------------------------------------------------------------ turns (§3)

    def start_turn(self, event, turn_id, synthetic):
        self.open_turn = Turn(len(self.turns), event, turn_id, synthetic)
        self.turns.append(self.open_turn)
        self.loose = Tally()  # §15.6
        return self.open_turn

    def first_output(self, event):
        turn = self.open_turn
        if turn and turn.ttft is None and not turn.opened_by_output and turn.start is not event:
            turn.ttft = span_ms(turn.start_ts, event.ts)
            self.delta.ttft.add(turn.ttft)

    def sweep(self, turn, everything=False):
        """§7: open calls and requests of the turn, or of the run, in seq order."""
        due = [(call.event.seq, call) for call in self.open_calls.values() if everything or call.turn is turn]
        due += [(request.event.seq, request) for request in self.requests.values() if everything or request.turn is turn]
        for _, item in sorted(due, key=lambda pair: pair[0]):
            if isinstance(item, Request):
                self.delta.permissions["unanswered"] += 1  # §15.10
                self.issue("unanswered_permission", item.event, item.name, item.turn)
                continue
            tool = self.delta.tool(cut(item.name))
            if self.denied.get(item.id):  # §6: the sweep makes a marked call denied, without an issue
                item.status = "denied"
                tool.counts["denied"] += 1
                continue
            item.status = "missing"
            tool.counts["missing"] += 1
            name = "unanswered_permission" if is_permission_tool(item.name) else "missing_tool_result"
            self.issue(name, item.event, item.name, item.turn)
        self.open_calls = {key: call for key, call in self.open_calls.items() if call.status == "open"}
        self.requests = {key: request for key, request in self.requests.items()
                         if not everything and request.turn is not turn}

    def close_turn(self, turn, event, status):
        turn.end, turn.status, turn.session = event, status, event.session
        self.open_turn = None
        self.last_turn = turn
        wall = max(0, event.ts - turn.start_ts)
        self.move_time(turn, wall)
        self.delta.plain["active_us"] += wall
        self.delta.turns["count"] += 1
        self.delta.turns[turn_class(status)] += 1

    def move_time(self, turn, wall):
        """§15.1: what was charged beyond the wall time is idle. §15.2: what lies beyond the agent's own time was waiting."""
        def move(state, target, most):
            moved = max(0, min(most, turn.charged[state]))
            turn.charged[state] -= moved
            self.delta.time[state + "_us"] -= moved
            self.delta.time[target + "_us"] += moved
            return moved

        excess = sum(turn.charged.values()) - wall
        for state in ("model", "tool", "waiting"):
            excess -= move(state, "idle", excess)
        if turn.own_ms is not None:
            move("tool", "waiting", turn.charged["model"] + turn.charged["tool"] - turn.own_ms * 1000)

    def on_turn_start(self, event, payload, subagent):
        if self.sealed:
            return
        turn_id, turn = text_of(payload.get("turn_id")), self.open_turn
        if turn and turn.synthetic:  # adoption
            turn.turn_id, turn.synthetic = turn_id, False
            return
        if turn:
            self.sweep(turn)
            self.close_turn(turn, event, "abandoned")
            self.issue("incomplete_turn", turn.start, None, turn)
        self.start_turn(event, turn_id, synthetic=False)

    def on_turn_result(self, event, payload, subagent):
        if subagent:
            return
        if self.sealed:  # §3, §15.6: settles the turn that the seal abandoned, once, with the loose tally; else that alone
            tally = self.loose
            if self.abandoned_by_seal:
                tally = self.abandoned_by_seal.tally
                tally.merge(self.loose)
            self.settle(tally, payload)
            self.abandoned_by_seal, self.loose = None, Tally()
            return
        own, turn = duration_of(payload.get("duration_ms")), self.open_turn
        if turn:
            self.sweep(turn)
            self.delta.turn_latency.add(span_ms(turn.start_ts, event.ts))
        else:
            loose, last = self.loose, self.last_turn
            turn = self.start_turn(event, None, synthetic=True)
            turn.tally = loose
            if own is not None:  # §15.3
                earliest = max(event.ts - own * 1000, self.first_ts, last.end.ts if last else self.first_ts)
                turn.start_ts = min(event.ts, earliest)
                self.delta.turn_latency.add(own)
        turn.own_ms = own
        turn.turn_id = turn.turn_id or text_of(payload.get("turn_id"))
        status = text_of(payload.get("status")) or "success"
        turn.stop_reason = first_text(payload, ("stop_reason", "terminal_reason"))[1]
        self.settle(turn.tally, payload)
        self.close_turn(turn, event, status)
        sort = turn_class(status)
        if sort == "failed":
            self.error("failed_turn", turn.start, status, turn)
        elif sort != "abandoned" and turn.stop_reason not in NORMAL_STOPS:  # §13.3: abandoned by its own word: no finding
            self.issue("abnormal_stop", turn.start, turn.stop_reason, turn)

    # ------------------------------------------------------------ tokens and cost (§5, §13.4)

    def settle(self, tally, payload):
        """by_model replaces the tally's own classes, model by model; the delta gets new minus old."""
        named, costs = {}, {}
        by_model = payload.get("by_model")
        for key, entry in (by_model.items() if isinstance(by_model, dict) else ()):
            if not isinstance(entry, dict):
                continue
            name = self.settled_name(key, tally)
            classes = named.setdefault(name, dict.fromkeys((target for target, _ in REPLACED), 0))
            for target, source in REPLACED:
                classes[target] += tokens_of(entry.get(source)) or 0
            cost = money_of(entry.get("cost_usd"))
            if cost is not None:
                costs[name] = costs.get(name, 0) + cost
        if named:
            for name in list(named) + [name for name in tally.models if name not in named]:
                old = tally.models.get(name) or zero_tally()
                new = {**old, **named.get(name, dict.fromkeys((target for target, _ in REPLACED), 0))}
                new["reasoning"] = min(old["reasoning"], new["output"])
                new["cache_write_1h"] = min(old["cache_write_1h"], new["cache_write"])
                new["long_context"] = {part: {key: value if key in EVENT_CLASSES else min(value, new[key])
                                              for key, value in classes.items()}
                                       for part, classes in old["long_context"].items()}
                if name in named or new != old:
                    add_nested(self.delta.model(name), new)
                    add_nested(self.delta.model(name), old, -1)
                tally.models[name] = new
            tally.costs = costs
        reported = money_of(payload.get("cost_usd"))
        if reported is None and costs:
            reported = sum(costs.values())
        if reported is not None:
            self.delta.report(reported - (tally.own_cost or 0))
            tally.own_cost = reported

    def settled_name(self, key, tally):
        """§15.9: a bare model that the tally has under exactly one tier, and not bare, takes that tier."""
        if not key:
            return cut(self.facts["model"] or "(unknown)")
        model, tier = tier_of(key)
        if tier is None and cut(key) not in tally.models:
            tiered = [name for name in tally.models if tier_of(name)[0] == model and tier_of(name)[1]]
            if len(tiered) == 1:
                return tiered[0]
        return cut(key)

    def usage_name(self, usage):
        """§2: without a model, the run's so far. A correction reads both of its events with the run's model now (§15.7)."""
        name = usage.model or self.facts["model"] or "(unknown)"
        return cut(name + "@" + usage.tier if usage.tier else name)

    def on_usage(self, event, payload, subagent):
        usage = Usage(payload, subagent)
        replaces = text_of(payload.get("replaces"))
        replaced = self.usages.get(replaces) if replaces else None
        if event.id:
            self.usages[event.id] = usage
        if usage.copied:  # §2, §13.6
            return
        if replaced and replaced.copied:
            replaced = None
        self.count_usage(usage, 1)
        if replaced:
            self.count_usage(replaced, -1)
            usage.place = replaced.place if self.is_unsettled(replaced.place) else None
        elif self.open_turn:
            usage.place = self.open_turn.tally
        else:
            usage.place = self.loose
        place = usage.place
        if place is self.loose and subagent:  # §15.6
            usage.place = None
        for part, sign in ((usage, 1), (replaced, -1)):
            if part and place and not (place is self.loose and part.subagent):
                place.add(self.usage_name(part), part, sign)
        if not subagent and usage.names_context:
            self.context["last"] = usage.context
            self.context["max"] = max(usage.context, self.context["max"] or 0)
            window = count_of(payload.get("context_window"))
            if window is not None:
                self.context["window"] = window

    def count_usage(self, usage, sign):
        """For the run, and the sums over runs."""
        model = self.delta.model(self.usage_name(usage))
        add_nested(model["subagent"] if usage.subagent else model, usage.counts, sign)
        if usage.cost is not None:
            self.delta.report(sign * usage.cost)

    def is_unsettled(self, tally):
        """Whether a turn.result may still settle it: the open turn's, the one that the seal abandoned, the loose one."""
        if tally is None:
            return False
        return (tally is self.loose or (self.open_turn is not None and tally is self.open_turn.tally)
                or (self.abandoned_by_seal is not None and tally is self.abandoned_by_seal.tally))

    # ------------------------------------------------------------ tools (§6)

    def tool_id(self, event, payload):
        """The id, and the mixed_id_shape issue (§7)."""
        key, call_id = first_text(payload, TOOL_ID_KEYS[event.kind])
        if key:
            seen = self.spellings.setdefault(event.kind, set())
            if seen and key not in seen:
                self.issue("mixed_id_shape", event, event.kind + "." + key, self.open_turn)  # §15.14
            seen.add(key)
        return call_id

    def on_tool_call(self, event, payload, subagent):
        call_id = self.tool_id(event, payload)
        turn = self.open_turn
        if call_id in self.calls:
            self.issue("duplicate_tool_call", event, self.calls[call_id].name, turn)
            return
        name = text_of(payload.get("name")) or "(unnamed)"
        self.delta.plain["tool_calls"] += 1
        self.delta.tool(cut(name)).counts["calls"] += 1
        if turn:
            turn.tool_calls += 1
        if call_id:
            self.calls[call_id] = self.open_calls[call_id] = Call(call_id, event, name, turn)
        if turn and not subagent:
            self.extend_streak(turn, event, name, payload)

    def extend_streak(self, turn, event, name, payload):
        if payload.get("input") in (None, ""):
            turn.streak = (None, None, 0)
            return
        raw = raw_members(event.payload_raw)["input"]
        length = turn.streak[2] + 1 if turn.streak[:2] == (name, raw) else 1
        turn.streak = (name, raw, length)
        if length == REPEATS:
            self.issue("repeated_call", event, name, turn)

    def on_tool_result(self, event, payload, subagent):
        self.result(event, payload, resolves=True, denied=payload.get("denied") is True,
                    cancelled=payload.get("cancelled") is True, failed=payload.get("is_error") is True)

    def on_tool_call_update(self, event, payload, subagent):
        status = text_of(payload.get("status"))
        self.result(event, payload, resolves=status not in UNRESOLVED, denied=False,
                    cancelled=status == "cancelled", failed=status in ("failed", "error"))

    def result(self, event, payload, resolves, denied, cancelled, failed):
        call_id = self.tool_id(event, payload)
        if not call_id:
            return
        call = self.calls.get(call_id)
        if denied or self.denied.get(call_id):
            status = "denied"
        elif cancelled:
            status = "cancelled"
        else:
            status = "failed" if failed else "ok"
        if call is None:
            name = first_text(payload, NAME_KEYS)[1]
            self.issue("orphan_tool_result", event, name, self.open_turn)
            if resolves and status == "failed":  # §15.8
                self.error("tool_error", event, name or "(unnamed)", self.open_turn)
            return
        if not resolves:
            return
        running = status == "ok" and payload.get("running") is True
        tool = cut(call.name)
        if call.status == "open":
            call.end_ts, call.own_ms = event.ts, duration_of(payload.get("duration_ms"))
            del self.open_calls[call_id]
            self.requests.pop(call_id, None)  # §4
            if call.own_ms is not None:  # §15.4
                self.delta.tool(tool).latency.add(call.own_ms)
            elif not running:
                self.delta.tool(tool).latency.add(span_ms(call.event.ts, event.ts))
        elif not call.left_running or running:
            return
        call.status, call.left_running = status, running
        if status != "ok":
            self.delta.tool(tool).counts[status] += 1
        if status == "failed":
            self.delta.plain["tool_failed"] += 1
            if call.turn:
                call.turn.tool_failed += 1
            self.error("tool_error", call.event, call.name, call.turn)

    def on_permission_request(self, event, payload, subagent):
        self.delta.permissions["requested"] += 1
        request_id = text_of(payload.get("id"))
        if request_id and request_id not in self.requests:
            self.requests[request_id] = Request(event, text_of(payload.get("name")), self.open_turn)

    def on_permission_decision(self, event, payload, subagent):
        request_id, decision = text_of(payload.get("id")), payload.get("decision")
        if decision in ("allow", "deny"):
            self.delta.permissions["allowed" if decision == "allow" else "denied"] += 1
        if not request_id:
            return
        self.requests.pop(request_id, None)
        if decision in ("allow", "deny"):
            self.denied[request_id] = decision == "deny"

    # ------------------------------------------------------------ the run (§2, §8)

    def on_run_started(self, event, payload, subagent):
        for key in self.facts:
            value = text_of(payload.get(key))
            if value and not (key in ("parent_run", "forked_from") and self.facts[key]):  # §2, §15.12: the first
                self.facts[key] = value

    def on_run_ended(self, event, payload, subagent):
        if self.sealed:
            return
        turn = self.open_turn
        self.sweep(None, everything=True)
        if turn:
            self.close_turn(turn, event, "abandoned")
            self.issue("incomplete_turn", turn.start, None, turn)
        self.abandoned_by_seal, self.loose = turn, Tally()
        cause = payload.get("cause") if payload.get("cause") in CAUSES else None
        if payload.get("verdict") in VERDICTS:
            self.verdict = payload["verdict"]
        self.sealed = True
        self.outcome = {"cause": cause, "by": text_of(payload.get("by")), "reason": text_of(payload.get("reason")),
                        "exit_code": signed_of(payload.get("exit_code")), "interrupted": turn is not None,
                        "ended_at": event.ts}

    def on_run_resumed(self, event, payload, subagent):
        if self.sealed:
            self.sealed, self.outcome, self.abandoned_by_seal, self.loose = False, None, None, Tally()

    def on_verdict(self, event, payload, subagent):
        if payload.get("state") in VERDICTS:
            self.verdict = payload["state"]

    def status(self):
        """§8, §13.5."""
        if not self.sealed:
            return "running"
        cause = self.outcome["cause"] or "stop"
        if cause in ("crash", "fail"):
            return {"crash": "crashed", "fail": "failed"}[cause]
        if self.verdict:
            return self.verdict
        last = turn_class(self.last_turn.status) if self.last_turn else "abandoned"
        if self.outcome["interrupted"] or last == "abandoned":
            return {"stop": "stopped", "terminate": "terminated"}[cause]
        return last

    # ------------------------------------------------------------ the rest

    def on_input(self, event, payload, subagent):
        if self.open_turn:
            self.open_turn.prompt = True

    def on_error(self, event, payload, subagent):
        sort = text_of(payload.get("type"))
        self.error("error:" + sort if sort else "error", event, sort, self.open_turn)

    def on_checkpoint(self, event, payload, subagent):
        phase, step = cut(text_of(payload.get("phase"))), duration_of(payload.get("step_ms"))
        if phase is None or step is None:
            return
        flow = bounded(self.launch, cut(text_of(payload.get("flow")) or "(none)"), 32)
        phases = self.launch.setdefault(flow, {})
        entry = phases.setdefault(bounded(phases, phase, 64), {"steps": 0, "total_ms": 0, "last_ms": 0, "max_ms": 0})
        entry["steps"] += 1
        entry["total_ms"] += step
        entry["last_ms"] = step
        entry["max_ms"] = max(entry["max_ms"], step)

    def on_span(self, event, payload, subagent):
        stage = cut(text_of(payload.get("stage")))
        if stage is None:
            return
        entry = self.stages.setdefault(bounded(self.stages, stage, 128), {"count": 0, "queue_ms": 0, "latency": Sketch()})
        entry["count"] += 1
        entry["queue_ms"] += duration_of(payload.get("queue_ms")) or 0
        duration = duration_of(payload.get("duration_ms"))
        if duration is not None:
            entry["latency"].add(duration)

    def on_compaction(self, event, payload, subagent):
        self.delta.plain["compactions"] += 1

    def on_retry(self, event, payload, subagent):
        self.delta.plain["retries"] += 1

    def on_rate_limit(self, event, payload, subagent):
        self.delta.plain["rate_limits"] += 1

    # ------------------------------------------------------------ facts that move no clock (§15.18)

    def on_agent_cost(self, event, payload, subagent):
        usd = money_of(payload.get("usd"))
        if usd is not None:
            self.agent_cost = usd

    def on_run_tag(self, event, payload, subagent):
        name = cut(text_of(payload.get("name")))
        if name is None:
            return
        if payload.get("remove") is True:
            self.tags.discard(name)
        elif len(self.tags) < TAGS:
            self.tags.add(name)

    def on_run_note(self, event, payload, subagent):
        self.notes += 1

    def on_run_score(self, event, payload, subagent):
        name, value = cut(text_of(payload.get("name"))), money_of(payload.get("value"))
        if name is not None and value is not None and (name in self.scores or len(self.scores) < SCORES):
            self.scores[name] = value

    # ------------------------------------------------------------ the digest (§11)

    def shown_time(self):
        """§4: truncated, the remainder to the largest, on a tie the first of waiting, tool, model, idle."""
        parts = self.sum.time
        order = ("waiting", "tool", "model", "idle")
        shown = {name: parts[name + "_us"] // 1000 for name in order}
        largest = max(order, key=lambda name: parts[name + "_us"])
        shown[largest] += self.shown_span() - sum(shown.values())
        return {name + "_ms": shown[name] for name in ("model", "tool", "waiting", "idle")}

    def shown_span(self):
        return 0 if self.clock is None else (self.clock - self.first_ts) // 1000

    def is_minimum(self):
        """§15.18: true where a request is partial or unknown. Whether a model has a price, the fold does not know: null."""
        parts = [part for model in self.sum.models.values() for part in (model, model["subagent"])]
        return True if any(part["partial_requests"] > 0 or part["unknown_requests"] > 0 for part in parts) else None

    def insight(self, family):
        total, outcome = self.sum, self.outcome or {}
        issues = self.anchors["issue"]
        severities = {SEVERITY[name] for name in issues}
        turns = dict(total.turns)
        turns["open"] = int(self.open_turn is not None)
        turns["count"] += turns["open"]
        return {
            "run": self.run, "session": self.session, **self.facts, "schema_version": 2,
            "watermark": self.watermark, "head": self.watermark, "lag": 0, "event_count": total.plain["event_count"],
            "kinds": sorted_map(total.kinds), "first_ts": time_text(self.first_ts), "last_ts": time_text(self.clock),
            "span_ms": self.shown_span(), "active_ms": total.plain["active_us"] // 1000, "time": self.shown_time(),
            "turns": turns, "turn_latency": total.turn_latency.shown(), "ttft": total.ttft.shown(),
            "models": total.shown_models(), "context": self.context,
            "retries": total.plain["retries"], "rate_limits": total.plain["rate_limits"],
            "cost": {"reported_usd": money_text(total.reported), "agent_usd": money_text(self.agent_cost),
                     "estimated_usd": None, "is_minimum": self.is_minimum(), "unpriced_models": []},
            "permissions": total.permissions,
            "tools": total.shown_tools(), "tool_calls": total.plain["tool_calls"], "tool_failed": total.plain["tool_failed"],
            "family": family,
            "errors": {"count": sum(entry["count"] for entry in self.anchors["error"].values()),
                       "classes": sorted_map(self.anchors["error"])},
            "issues": {"count": sum(entry["count"] for entry in issues.values()),
                       "worst": next((level for level in ("error", "warning", "info") if level in severities), None),
                       "classes": {name: {**issues[name], "severity": SEVERITY[name]} for name in sorted(issues)}},
            "launch": {flow: {"phases": [{"phase": phase, **entry} for phase, entry in self.launch[flow].items()],
                              "total_ms": sum(entry["total_ms"] for entry in self.launch[flow].values())}
                       for flow in sorted(self.launch)},
            "stages": {stage: {**self.stages[stage], "latency": self.stages[stage]["latency"].shown()}
                       for stage in sorted(self.stages)},
            "tags": sorted(self.tags), "notes": self.notes,
            "scores": {name: money_text(self.scores[name]) for name in sorted(self.scores)},
            "trace": {"trace_id": self.first_trace, "distinct": len(self.trace_ids), "malformed": self.malformed},
            "compactions": total.plain["compactions"], "late_events": total.plain["late_events"],
            "quarantined": total.plain["quarantined"], "degraded": total.plain["quarantined"] > 0, "sealed": self.sealed,
            "outcome": {"status": self.status(), "cause": outcome.get("cause"), "by": outcome.get("by"),
                        "reason": outcome.get("reason"), "exit_code": outcome.get("exit_code"), "verdict": self.verdict,
                        "last_turn_status": self.last_turn.status if self.last_turn else None,
                        "interrupted": outcome.get("interrupted"), "ended_at": time_text(outcome.get("ended_at"))}}


# ---------------------------------------------------------------- sums over runs (§12)


class Store:
    def __init__(self):
        self.runs, self.sessions, self.rollups, self.outcomes = {}, {}, {}, {}
        self.parents, self.stamped = {}, {}
        self.session_runs, self.session_times = {}, {}

    def fold(self, event):
        if event.run not in self.runs:
            self.runs[event.run] = Run(event.run)
        run = self.runs[event.run]
        had_parent = run.facts["parent_run"]
        delta = run.step(event)
        if SUM_NAMES == "run":
            delta = delta.named_as_in(run.sum)
        if run.facts["parent_run"] and not had_parent:
            self.link(event.run, run.facts["parent_run"])
        if event.session:
            self.sessions.setdefault(event.session, Sum()).merge(delta)
            self.session_runs.setdefault(event.session, {})[event.run] = True  # §15.14: in the order of the first event there
            if event.kind not in CLOCKLESS and not (run.sealed and event.kind == "verdict"):  # §15.18
                self.session_times.setdefault(event.session, []).append(event.ts)
        bucket = event.ts // BUCKET
        for dimension, key in (("total", "total"), ("agent", run.facts["agent"]), ("project", run.facts["project"]),
                               ("host", run.facts["host"])):
            self.rollups.setdefault((bucket, dimension, cut(key or "(none)")), Sum()).merge(delta)
        for name, tally in delta.models.items():
            add_nested(self.rollups.setdefault((bucket, "model", name), Sum()).model(name), tally)
        for name, tool in delta.tools.items():
            self.rollups.setdefault((bucket, "tool", name), Sum()).tool(name).merge(tool)
        self.stamp_outcome(run)

    def link(self, child, parent):
        """§12: a parent that would close a ring is ignored; §13.6: in log order."""
        above = parent
        while above is not None:
            if above == child:
                return
            above = self.parents.get(above)
        self.parents[child] = parent

    def stamp_outcome(self, run):
        """§12, §13.6: in the bucket of run.ended; moved by a verdict; taken away by a resume."""
        new = (run.outcome["ended_at"] // BUCKET, run.status()) if run.sealed else None
        old = self.stamped.get(run.run)
        if new == old:
            return
        if old:
            self.outcomes[old] -= 1
        if new:
            self.outcomes[new] = self.outcomes.get(new, 0) + 1
        self.stamped[run.run] = new

    def family(self, root):
        members = []
        for name in self.runs:
            above = name
            while above is not None and above != root:
                above = self.parents.get(above)
            if above == root:
                members.append(name)
        total = Sum()
        for name in members:
            member = self.runs[name]
            for model, tally in member.family_models.items():
                add_nested(total.model(model), tally)
            if member.sum.reported is not None:
                total.report(member.sum.reported)
        return {"runs": len(members), "reported_usd": money_text(total.reported), "models": total.shown_models()}

    def shown_session(self, name):
        """§15.14."""
        run_ids, times = list(self.session_runs[name]), self.session_times.get(name)
        return {"runs": len(run_ids), "run_ids": run_ids, "first_ts": time_text(min(times)) if times else None,
                "last_ts": time_text(max(times)) if times else None, **self.sessions[name].shown()}

    def shown(self, log):
        rollups = []
        for (bucket, dimension, key), total in self.rollups.items():
            if dimension == "model":
                shown = {"models": total.shown_models()}
            elif dimension == "tool":
                shown = {"tools": total.shown_tools()}
            else:
                shown = total.shown()
            rollups.append((bucket, dimension, key, shown))
        rollups += [(bucket, "outcome", status, {"runs": number}) for (bucket, status), number in self.outcomes.items() if number]
        rollups.sort(key=lambda row: row[:3])
        return {
            "runs": {name: {"insight": run.insight(self.family(name)), "turns": [turn.shown(name) for turn in run.turns],
                            "calls": [call.shown(name) for call in run.calls.values()], "findings": run.findings,
                            "quarantine": run.quarantine}
                     for name, run in sorted(self.runs.items())},
            "sessions": {name: self.shown_session(name) for name in sorted(self.sessions)},
            "families": {name: self.family(name) for name in sorted({*self.runs, *self.parents.values()})},
            "rollups": [{"bucket": time_text(bucket * BUCKET, with_ms=False), "dimension": dimension, "key": key, "sum": shown}
                        for bucket, dimension, key, shown in rollups],
            "lines": {"events": len(log.events), "duplicates": log.duplicates, "refused": log.refused}}


def fold_log(log):
    store = Store()
    unbounded = {}
    for event in log.events:
        store.fold(event)
        run = store.runs[event.run]
        models = unbounded.setdefault(event.run, Sum())
        source = run.delta if SUM_NAMES == "own" else run.delta.named_as_in(run.sum)
        for name, tally in source.models.items():
            add_nested(models.model(name), tally)
    for name, run in store.runs.items():
        run.family_models = unbounded[name].models  # §13.6: sums over runs have no bounds
    return store.shown(log)


def fold_files(paths):
    log = Log()
    for path in paths:
        log.read_file(path)
    return fold_log(log)


def fold_events(events):
    """Folds event dicts (the envelope of §1), as if each were a line."""
    log = Log()
    log.read_bytes("\n".join(json.dumps(event) for event in events).encode())
    return fold_log(log)


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    json.dump(fold_files(sys.argv[1:]), sys.stdout, ensure_ascii=False, indent=1)
    print()
