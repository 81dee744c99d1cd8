#!/usr/bin/env python3
"""Tiny logs whose figures were derived by hand from FOLD.md, and the canonical vector."""
import json
import os
import random

from fold_oracle import (Log, Number, Store, Sum, count_of, cut, duration_of, fold_events, fold_log, micros_of, money_of, money_text, signed_of,
                         sketch_bucket, toward_zero)
from generate_logs import Generator

FIXTURES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "Fixtures")


def ts(seconds):
    return "2026-06-01T00:%02d:%09.6fZ" % (seconds // 60, seconds % 60)


def fold(*steps, run="r"):
    """steps: (second, kind, payload[, envelope])"""
    return fold_events([{"run": run, "ts": ts(step[0]), "kind": step[1], "payload": step[2] if len(step) > 2 else {},
                         **(step[3] if len(step) > 3 else {})} for step in steps])


def one(*steps):
    run = fold(*steps)["runs"]["r"]
    return run, run["insight"]


def classes(run):
    return [(finding["class"], finding["seq"], finding["label"], finding["turn"]) for finding in run["findings"]]


def differences(expected, found, path):
    """Where found lacks what is expected; keys that are not expected are free."""
    if isinstance(expected, dict):
        for key, value in expected.items():
            if key == "(count)":
                yield from [] if len(found) == value else [path + " has %d names" % len(found)]
            else:
                yield from differences(value, found.get(key), path + "." + key)
    elif isinstance(expected, list):
        yield from [] if len(found) == len(expected) else [path + " has %d rows" % len(found)]
        for index, (one, other) in enumerate(zip(expected, found)):
            yield from differences(one, other, "%s[%d]" % (path, index))
    elif path.endswith("_usd") and expected is not None:
        yield from [] if float(found) == float(expected) else [path]
    elif expected != found:
        yield "%s: expected %r, found %r" % (path, expected, found)


def canonical():
    vector = json.load(open(os.path.join(FIXTURES, "fold", "canonical-vector.json")))
    run = fold_events(vector["events"])["runs"]["r"]
    for part, expected in vector["expect"].items():
        assert list(differences(expected, run[part], part)) == []


def adoption_and_abandon():
    run, insight = one((0, "input"), (1, "turn.start", {"turn_id": "t1"}), (3, "text"), (4, "turn.start", {"turn_id": "t2"}),
                       (6, "run.ended", {"cause": "stop"}), (7, "text"))
    first, second = run["turns"]
    assert (first["turn_id"], first["synthetic"], first["start_seq"], first["end_seq"], first["ttft_ms"], first["status"]) == ("t1", False, 1, 4, 3000, "abandoned")
    assert first["prompt"] and second["duration_ms"] == 2000 and second["issues"] == 1 and insight["active_ms"] == 6000
    assert classes(run) == [("incomplete_turn", 1, None, 0), ("incomplete_turn", 4, None, 1), ("late_event", 6, "text", None)]
    assert insight["outcome"]["status"] == "stopped" and insight["outcome"]["interrupted"] is True and insight["time"]["idle_ms"] == 1000


def by_model_replaces():
    run, insight = one((0, "turn.start"), (1, "usage", {"model": "a", "input_tokens": 300000, "output_tokens": 50, "reasoning_tokens": 40, "cost_usd": 1}),
                       (1, "usage", {"model": "b", "input_tokens": 7}), (1, "usage", {"model": "a", "subagent": True, "input_tokens": 5, "cost_usd": 0.5}),
                       (2, "turn.result", {"by_model": {"a": {"input": 100, "output": 30, "cost_usd": 0.25}, "c": {}, "d": 5}}))
    models = insight["models"]
    assert sorted(models) == ["a", "b", "c"] and (models["a"]["input"], models["a"]["reasoning"], models["a"]["requests"]) == (100, 30, 1)
    for part in ("100k", "200k", "272k"):  # 300,000 is in all three; each is cut by itself to 100 and 30
        long = models["a"]["long_context"][part]
        assert (long["input"], long["output"], long["reasoning"], long["requests"]) == (100, 30, 30, 1)
    assert models["b"]["input"] == 0 and models["b"]["requests"] == 1 and models["a"]["subagent"]["input"] == 5
    assert insight["cost"]["reported_usd"] == "0.75" and run["turns"][0]["cost_usd"] == "0.75" and run["turns"][0]["tokens"]["input"] == 100
    assert insight["context"] == {"last": 7, "max": 300000, "window": None}


def late_result_settles_once():
    run, insight = one((0, "turn.start"), (1, "usage", {"model": "a", "input_tokens": 9, "cost_usd": 1}), (2, "run.ended", {"cause": "crash"}),
                       (3, "turn.result", {"cost_usd": 2, "status": "error", "by_model": {"a": {"input": 5}}}), (4, "turn.result", {"cost_usd": 3, "by_model": {"a": {"input": 1}}}))
    assert insight["cost"]["reported_usd"] == "5" and insight["models"]["a"]["input"] == 6 and insight["turns"]["count"] == 1
    assert run["turns"][0]["tokens"]["input"] == 5 and run["turns"][0]["cost_usd"] == "2" and run["turns"][0]["status"] == "abandoned"
    assert insight["errors"]["count"] == 0 and insight["outcome"]["status"] == "crashed" and insight["late_events"] == 2


def tools_and_permissions():
    run, insight = one((0, "turn.start"), (1, "permission.decision", {"id": "c1", "decision": "deny"}), (1, "tool_call", {"id": "c1", "name": "bash"}),
                       (2, "tool_result", {"tool_use_id": "c1", "is_error": True}), (2, "tool_call", {"id": "c2", "name": "x__permission_prompt"}),
                       (3, "permission.request", {"id": "c3", "name": "edit"}), (3, "tool_call", {"toolCallId": "c3", "name": "edit"}),
                       (4, "tool_call_update", {"id": "c3", "status": "in_progress"}), (5, "tool_call", {"id": "c3"}), (6, "tool_result", {"id": "zz", "title": "T"}),
                       (7, "turn.result"), (8, "tool_result", {"tool_use_id": "c3"}))
    assert [call["status"] for call in run["calls"]] == ["denied", "missing", "missing"]
    assert classes(run) == [("mixed_id_shape", 7, "tool_call.toolCallId", 0), ("duplicate_tool_call", 9, "edit", 0), ("mixed_id_shape", 10, "tool_result.id", 0),
                            ("orphan_tool_result", 10, "T", 0), ("unanswered_permission", 5, "x__permission_prompt", 0), ("unanswered_permission", 6, "edit", 0),
                            ("missing_tool_result", 7, "edit", 0)]
    assert insight["tools"]["bash"]["denied"] == 1 and insight["tool_failed"] == 0 and insight["tools"]["bash"]["latency"]["sum_ms"] == 1000
    assert insight["time"] == {"model_ms": 1000, "tool_ms": 2000, "waiting_ms": 4000, "idle_ms": 1000}


def deny_then_allow_then_sweep():
    run, _ = one((0, "tool_call", {"id": "a", "name": "n"}), (0, "tool_call", {"id": "b", "name": "n"}), (1, "permission.decision", {"id": "a", "decision": "deny"}),
                 (1, "permission.decision", {"id": "b", "decision": "deny"}), (1, "permission.decision", {"id": "b", "decision": "allow"}), (2, "turn.result"))
    assert [(call["status"], call["end_ts"], call["duration_ms"]) for call in run["calls"]] == [("denied", None, None), ("missing", None, None)]
    assert classes(run) == [("missing_tool_result", 2, "n", 0)]


def repeated():
    call = (0, "tool_call", {"name": "b", "input": {"a": 1}})
    run, insight = one(*[call] * 4, (0, "tool_call", {"name": "b", "input": {"a": 1}, "subagent": True}), *[call] * 7, (0, "tool_call", {"name": "b"}), *[call] * 5)
    assert [item[:2] for item in classes(run)] == [("repeated_call", 6), ("repeated_call", 18)] and insight["tool_calls"] == 18 and run["calls"] == []


def clocks():
    _, insight = one((10, "turn.start"), (5, "text"), (12.0005, "turn.result"), (11, "error"), (20.001, "odd"))
    assert insight["span_ms"] == 10001 and insight["time"] == {"model_ms": 2000, "tool_ms": 0, "waiting_ms": 0, "idle_ms": 8001}
    assert insight["ttft"]["count"] == 1 and insight["ttft"]["sum_ms"] == 0


def outcomes():
    ended = lambda cause, *before: one(*before, (9, "run.ended", {"cause": cause}))[1]["outcome"]["status"]
    result = lambda status: (1, "turn.result", {"status": status})
    assert ended("stop") == "stopped" and ended("terminate") == "terminated" and ended("fail") == "failed" and ended("x", result("done")) == "failed"
    assert ended("stop", result("success")) == "completed" and ended("terminate", result("interrupted")) == "cancelled" and ended("stop", result("abandoned")) == "stopped"
    _, insight = one((0, "turn.result"), (1, "run.ended", {"cause": "stop"}), (2, "verdict", {"state": "in_review"}), (2, "run.ended", {"cause": "crash"}))
    assert insight["outcome"]["status"] == "in_review" and insight["late_events"] == 1 and insight["turn_latency"]["count"] == 0 and insight["turns"]["completed"] == 1
    _, insight = one((1, "run.ended", {"cause": "fail", "exit_code": -9}), (2, "run.resumed"), (3, "text"))
    assert insight["outcome"] == {"status": "running", "cause": None, "by": None, "reason": None, "exit_code": None, "verdict": None,
                                  "last_turn_status": None, "interrupted": None, "ended_at": None} and insight["turns"]["open"] == 1


def families_and_sums():
    event = lambda run, kind, second, **more: {"run": run, "kind": kind, "ts": ts(second), **more}
    result = fold_events([event("c", "run.started", 0, payload={"parent_run": "b"}), event("b", "run.started", 0, payload={"parent_run": "a"}),
                          event("a", "run.started", 0, payload={"parent_run": "c"}), event("c", "usage", 1, payload={"input_tokens": 3, "cost_usd": 0.1}, session="s"),
                          event("c", "run.ended", 1, payload={"cause": "crash"}, session="t"), event("s", "run.started", 1, payload={"parent_run": "s"})])
    family = {name: run["insight"]["family"]["runs"] for name, run in result["runs"].items()}
    assert family == {"a": 3, "b": 2, "c": 1, "s": 1} and result["runs"]["a"]["insight"]["family"]["reported_usd"] == "0.1"
    assert result["runs"]["a"]["insight"]["parent_run"] == "c" and result["sessions"]["t"]["reported_usd"] is None
    assert result["sessions"]["s"]["models"]["(unknown)"]["input"] == 3
    assert [row["key"] for row in result["rollups"] if row["dimension"] == "outcome"] == ["crashed"]


def lines():
    log = Log()
    log.read_bytes(b"\xef\xbb\xbf" + "\n".join([
        '{"run":"r","kind":"text","id":"1","session":"s","ts":"2026-06-01T00:00:00Z","payload":{"a":1}}',
        '{"run":"r","kind":"text","id":"1","session":"s","payload":{"a":1}}',           # duplicate, names no ts
        '{"run":"r","kind":"text","id":"1","session":"s","payload":{"a": 1}}',          # another body
        '{"run":"r","kind":"text","seq":3}', '{"run":"r","kind":"text","seq":2,"payload":null}', '{"run":"r","kind":"text","seq":2,"payload":{}}',
        '{"kind":"text"}', '{"run":"r","kind":"x","payload":{"a":NaN}}', "", '{"run":"r","kind":"tool_call","payload":[]}',
        '{"run":"r","kind":"tool_call","payload":' + '{"a":' * 127 + "{}" + "}" * 127 + "}",
        '{"run":"r","kind":"tool_call","payload":' + '{"a":' * 128 + "{}" + "}" * 128 + "}",
        '{"run":"r","kind":"tool_call","payload":{"\\u006eame":"x","name":"\\ud800y"}}', '{"run":"r","kind":"x","payload":' + "[" * 200000 + "]" * 200000 + "}"]).encode())
    result = fold_log(log)
    assert result["lines"] == {"events": 7, "duplicates": 2, "refused": [3, 4, 7, 8]}
    run = result["runs"]["r"]
    assert [row["seq"] for row in run["quarantine"]] == [3, 5, 7] and run["insight"]["tools"].keys() == {"(unnamed)", "\ufffdy"}
    assert result["sessions"]["s"]["event_count"] == 1


def values():
    number = lambda text: Number(text)
    assert [count_of(number(text)) for text in ("1e3", "-0", "-0.5", "1.9", "9007199254740992", "9007199254740992.5", "1e400", "1e-400", "15e-1")] == \
        [1000, 0, None, 1, 2 ** 53, None, None, 0, 1]
    assert signed_of(number("-1.9")) == -1 and money_of(number("0.0000000005")) == 1 and money_of(number("-0.0000000005")) == -1
    assert money_of(number("9223372036.854775807")) == 2 ** 63 - 1 and money_of(number("9223372036.8547758075")) is None and money_text(-250000000) == "-0.25"
    assert micros_of("2026-05-31T23:59:60.5z") == micros_of("2026-06-01t02:00:00.5000009+02:00") and micros_of("2026-02-29T00:00:00Z") is None
    assert micros_of("1970-01-01T00:00:00Z") == 0 and micros_of("2024-02-29T00:00:00Z") == 1709164800000000
    assert sketch_bucket(63) == (63, 63) and sketch_bucket(64) == (64, 65) and sketch_bucket(1000) == (992, 1007)
    assert cut("n" * 199 + "é") == "n" * 199 and cut("n" * 198 + "é") == "n" * 198 + "é"


def bounds():
    _, insight = one(*[(0, "tool_call", {"name": "t%d" % index}) for index in range(300)], *[(0, "k%d" % index) for index in range(70)])
    assert len(insight["tools"]) == 257 and insight["tools"]["(other)"]["calls"] == 44 and len(insight["kinds"]) == 65 and insight["kinds"]["(other)"] == 7


def traces():
    trace = lambda text: (0, "x", {}, {"traceparent": text})
    good = "00-" + "0" * 31 + "1-" + "0" * 15 + "1-01"
    _, insight = one(trace(good), trace(good + "-x"), trace("cc" + good[2:] + "-x"), trace("ff" + good[2:]), trace("00-" + "0" * 32 + good[35:]), trace(""))
    assert insight["trace"] == {"trace_id": "0" * 31 + "1", "distinct": 1, "malformed": 3}


# ---------------------------------------------------------------- the second edition (§15)


def times(part):
    """(model, tool, waiting, idle) in ms."""
    return tuple(part["time" if "model_ms" in part["time"] else "time_ms"][key + "_ms"] for key in ("model", "tool", "waiting", "idle"))


def counts(tally, *keys):
    return tuple(tally[key] for key in keys)


def usage(second, event_id, replaces=None, **payload):
    return (second, "usage", {**payload, **({"replaces": replaces} if replaces else {})}, {"id": event_id} if event_id else {})


def time_without_a_turn_is_idle():
    # The request and the call stay open between the turns: 4 s idle, then 1 s waiting in the next turn.
    _, insight = one((0, "permission.request", {"id": "p"}), (2, "tool_call", {"id": "c", "subagent": True}), (4, "turn.start"), (5, "turn.result"),
                     (7, "odd"))
    assert times(insight) == (0, 0, 1000, 6000)


def turn_time_is_at_most_wall():
    # Wall 2 s; charged: 1 s model, 9 s tool up to the second 10, then nothing. 8 s too much: 1 from model, 7 from tool.
    run, insight = one((0, "turn.start"), (1, "tool_call", {"id": "c"}), (10, "odd"), (2, "turn.result"))
    assert times(insight) == (0, 2000, 0, 8000) and run["turns"][0]["duration_ms"] == 2000 and insight["active_ms"] == 2000
    # Wall 3 s; charged 1 s model, 2 s tool, 7 s waiting: model and tool are used up, and 4 s of waiting move too.
    _, insight = one((0, "turn.start"), (1, "tool_call", {"id": "c"}), (3, "permission.request", {"id": "p"}), (10, "odd"), (3, "run.ended"))
    assert times(insight) == (0, 0, 3000, 7000)
    # The turn starts before the clock: 4 s wall, but only 1 s is charged.
    _, insight = one((5, "odd"), (2, "turn.start"), (6, "turn.result"))
    assert times(insight) == (1000, 0, 0, 0) and insight["active_ms"] == 4000 and insight["turn_latency"]["sum_ms"] == 4000
    # The opening event's own elapsed time belongs to the turn that it closes, which ends at 8: 8 s.
    _, insight = one((0, "turn.start"), (8, "turn.start"), (9, "turn.result"))
    assert times(insight) == (9000, 0, 0, 0)


def moved_time_may_be_negative_in_a_session():
    event = lambda second, kind, session: {"run": "r", "kind": kind, "ts": ts(second), "session": session}
    result = fold_events([event(0, "turn.start", "s"), event(10, "odd", "s"), event(8.4985, "turn.result", "t")])
    assert times(result["runs"]["r"]["insight"]) == (8499, 0, 0, 1501)  # 8.4985 and 1.5015 s; the remainder goes to the largest
    assert result["sessions"]["s"]["time"]["model_us"] == 10_000_000 and result["sessions"]["t"]["time"] == \
        {"model_us": -1_501_500, "tool_us": 0, "waiting_us": 0, "idle_us": 1_501_500}
    assert times(result["sessions"]["t"]) == (-1501, 0, 0, 1501)
    assert toward_zero(-1500) == -1 and toward_zero(-999) == 0 and toward_zero(1999) == 1


def own_time_of_a_turn():
    steps = ((0, "turn.start"), (2, "tool_call", {"id": "c"}), (8, "tool_result", {"id": "c"}))
    # 3 s model and 6 s tool; the agent says 5 s: 4 s were waiting.
    run, insight = one(*steps, (9, "turn.result", {"duration_ms": 5000.9}))
    assert times(insight) == (3000, 2000, 4000, 0) and run["turns"][0]["own_ms"] == 5000
    assert run["turns"][0]["duration_ms"] == 9000 and insight["turn_latency"]["sum_ms"] == 9000
    # The agent says 1 s: 8 s are too much, but only the tool's 6 move.
    assert times(one(*steps, (9, "turn.result", {"duration_ms": 1000}))[1]) == (3000, 0, 6000, 0)
    # More than wall, or beyond the limit: nothing moves.
    assert times(one(*steps, (9, "turn.result", {"duration_ms": 60000}))[1]) == (3000, 6000, 0, 0)
    run, insight = one(*steps, (9, "turn.result", {"duration_ms": 10 ** 11 + 1}))
    assert times(insight) == (3000, 6000, 0, 0) and run["turns"][0]["own_ms"] is None
    # Rule 1 first: charged 3 + 6, wall 7, so model keeps 1; of 1 + 6 the agent knows 2: 5 move.
    assert times(one(*steps, (9, "odd"), (7, "turn.result", {"duration_ms": 2000}))[1]) == (1000, 1000, 5000, 2000)
    # A late result moves nothing and leaves own_ms null.
    run, insight = one(*steps, (9, "run.ended"), (9, "turn.result", {"duration_ms": 0}))
    assert times(insight) == (3000, 6000, 0, 0) and run["turns"][0]["own_ms"] is None


def a_result_without_a_start():
    run, insight = one((0, "odd"), (10, "turn.result", {"duration_ms": 4000, "status": "error", "turn_id": "t"}), (12, "turn.result", {"duration_ms": 60000}),
                       (11, "turn.result", {"duration_ms": 0}), (13, "turn.result", {}))
    rows = [(row["start_ts"][17:], row["end_ts"][17:], row["duration_ms"], row["own_ms"], row["start_seq"], row["end_seq"], row["synthetic"]) for row in run["turns"]]
    assert rows == [("06.000Z", "10.000Z", 4000, 4000, 2, 2, True),
                    ("10.000Z", "12.000Z", 2000, 60000, 3, 3, True),     # not before the end of the turn closed last
                    ("11.000Z", "11.000Z", 0, 0, 4, 4, True),            # that end, 12, lies after ts: ts
                    ("13.000Z", "13.000Z", 0, None, 5, 5, True)]         # no duration: as before
    assert classes(run) == [("failed_turn", 2, "error", 0)] and run["findings"][0]["ts"][17:] == "10.000Z" and run["turns"][0]["turn_id"] == "t"
    assert (insight["turn_latency"]["count"], insight["turn_latency"]["sum_ms"], insight["active_ms"]) == (3, 64000, 6000)
    assert times(insight) == (0, 0, 0, 13000)
    run, _ = one((5, "odd"), (3, "odd"), (7, "turn.result", {"duration_ms": 10 ** 11}))  # first_ts is 5
    assert run["turns"][0]["start_ts"][17:] == "05.000Z"
    run, _ = one((5, "odd"), (1, "turn.start"), (2, "turn.result"), (7, "turn.result", {"duration_ms": 60000}))  # 5 lies behind the last end, 2
    assert run["turns"][1]["start_ts"][17:] == "05.000Z"
    run, _ = one((5, "turn.result", {"duration_ms": 1000}))
    assert run["turns"][0]["start_ts"][17:] == "05.000Z"


def own_time_of_a_call():
    run, insight = one((0, "turn.start"), *[(1, "tool_call", {"id": key, "name": "n"}) for key in "abcd"],
                       (3, "tool_result", {"id": "a", "duration_ms": 150}), (3, "tool_call_update", {"id": "b", "status": "running", "duration_ms": 5}),
                       (4, "tool_call_update", {"id": "b", "status": "failed", "duration_ms": "7"}), (4, "tool_result", {"id": "a", "duration_ms": 900}),
                       (5, "tool_result", {"id": "c", "duration_ms": 10 ** 11 + 0.5}), (6, "turn.result"))
    assert [(call["own_ms"], call["duration_ms"], call["status"]) for call in run["calls"]] == \
        [(150, 2000, "ok"), (None, 3000, "failed"), (None, 4000, "ok"), (None, None, "missing")]
    assert counts(insight["tools"]["n"]["latency"], "count", "sum_ms", "min_ms") == (3, 7150, 150)


def left_running():
    def after(*results, before=()):
        steps = [(0, "turn.start"), (0, "tool_call", {"id": "c", "name": "n"}), *before, (2, "tool_result", {"id": "c", "running": True}), *results]
        run, insight = one(*steps)
        assert counts(run["calls"][0], "end_ts", "duration_ms", "own_ms") == ("2026-06-01T00:00:02.000Z", 2000, None)
        assert insight["tools"]["n"]["latency"]["count"] == 0
        return run, insight, run["calls"][0]["status"]
    poll = lambda second, **more: (second, "tool_result", {"id": "c", **more})
    assert after()[2] == "ok" and times(after((3, "odd"))[1]) == (1000, 2000, 0, 0)
    # Polls that are still running change nothing; the failure is final, and what follows it is ignored.
    run, insight, status = after(poll(3, running=True), (4, "turn.result"), poll(5, is_error=True, running=True, duration_ms=9), poll(6, denied=True))
    assert status == "failed" and insight["tool_failed"] == 1 and counts(insight["tools"]["n"], "failed", "denied", "missing") == (1, 0, 0)
    assert classes(run) == [("tool_error", 2, "n", 0)] and counts(run["turns"][0], "tool_failed", "errors") == (1, 1)
    assert after(poll(3), poll(4, is_error=True))[2] == "ok"            # without `running`: final
    assert after((3, "tool_call_update", {"id": "c", "status": "in_progress"}), poll(4, cancelled=True))[2] == "cancelled"
    assert after((3, "permission.decision", {"id": "c", "decision": "deny"}), poll(4, running=True))[2] == "denied"
    assert after((3, "run.ended"), poll(4, is_error=True))[2] == "failed"
    # The final one ends no permission request of the same id: 1 s waiting, and the request is swept.
    run, insight, _ = after((3, "permission.request", {"id": "c"}), poll(4), (5, "turn.result"))
    assert times(insight) == (1000, 2000, 2000, 0) and classes(run) == [("unanswered_permission", 4, None, 0)]
    # The first one does.
    _, insight, _ = after(before=[(1, "permission.request", {"id": "c"})])
    assert times(insight) == (0, 1000, 1000, 0)
    # `running` is not read on a failure, and a duration is a sample.
    run, insight = one((0, "tool_call", {"id": "c", "name": "n"}), (1, "tool_result", {"id": "c", "is_error": True, "running": True}), (2, "tool_result", {"id": "c"}),
                       (2, "tool_call", {"id": "d", "name": "n"}), (3, "tool_call_update", {"id": "d", "status": "completed", "running": True, "duration_ms": 30}),
                       (4, "tool_call_update", {"id": "d", "status": "failed", "duration_ms": 40}), (5, "tool_call", {"id": "e", "name": "n"}),
                       (6, "turn.result"), (7, "tool_result", {"id": "e", "running": True}), (8, "tool_result", {"id": "e", "is_error": True}))
    assert [(call["status"], call["own_ms"]) for call in run["calls"]] == [("failed", None), ("failed", 30), ("missing", None)]
    assert counts(insight["tools"]["n"]["latency"], "count", "sum_ms") == (2, 1030)


def loose_usage():
    # Without a start: the turn that the result makes takes the loose tally, and by_model replaces it.
    run, insight = one((0, "usage", {"model": "a", "input_tokens": 9, "cost_usd": 1}), (0, "usage", {"model": "a", "input_tokens": 50, "cost_usd": 4, "subagent": True}),
                       (1, "turn.result", {"by_model": {"a": {"input": 5}}, "cost_usd": 2}))
    assert insight["models"]["a"]["input"] == 5 and insight["models"]["a"]["subagent"]["input"] == 50 and insight["cost"]["reported_usd"] == "6"
    assert run["turns"][0]["tokens"]["input"] == 5 and run["turns"][0]["cost_usd"] == "2"
    # The opening of a turn empties it: the result settles only the turn's.
    _, insight = one((0, "usage", {"model": "a", "input_tokens": 9}), (0, "input"), (1, "usage", {"model": "a", "input_tokens": 3}),
                     (1, "turn.result", {"by_model": {"a": {"input": 5}}}), (2, "turn.result", {"by_model": {"a": {"input": 1}}}))
    assert insight["models"]["a"]["input"] == 9 + 5 + 1
    # After the seal: both tallies are settled by the first result, a new loose one by the second.
    run, insight = one((0, "usage", {"model": "a", "input_tokens": 100}), (0, "turn.start"), (1, "usage", {"model": "a", "input_tokens": 9, "cost_usd": 1}), (2, "run.ended"),
                       (3, "usage", {"model": "b", "input_tokens": 7, "cost_usd": 2}), (4, "turn.result", {"by_model": {"a": {"input": 5}}}),
                       (5, "usage", {"model": "b", "input_tokens": 8}), (6, "turn.result", {"by_model": {"b": {"input": 2}}, "cost_usd": 10}))
    assert insight["models"]["a"]["input"] == 105 and insight["models"]["b"]["input"] == 2 and insight["cost"]["reported_usd"] == "13"
    assert run["turns"][0]["cost_usd"] == "3" and list(run["turns"][0]["models"]) == ["a", "b"] and run["turns"][0]["models"]["b"]["requests"] == 1
    # A seal and its lifting empty the loose tally.
    _, insight = one((0, "usage", {"model": "a", "input_tokens": 1}), (1, "run.ended"), (2, "usage", {"model": "a", "input_tokens": 2}), (3, "run.resumed"),
                     (4, "usage", {"model": "a", "input_tokens": 4}), (4, "run.resumed"), (5, "turn.result", {"by_model": {"a": {"input": 100}}}))
    assert insight["models"]["a"]["input"] == 103
    _, insight = one((0, "usage", {"model": "a", "input_tokens": 1}), (1, "run.ended"), (2, "usage", {"model": "a", "input_tokens": 2}),
                     (3, "turn.result", {"by_model": {"a": {"input": 100}}}))
    assert insight["models"]["a"]["input"] == 101


def corrections():
    # In the open turn: the model changes, the requests follow it.
    run, insight = one((0, "turn.start"), usage(0, "u1", model="a", input_tokens=150000, output_tokens=5, partial=True, cost_usd=1),
                       usage(1, "u2", "u1", model="b", input_tokens=90, cost_usd=0.25), (2, "turn.result"))
    models = insight["models"]
    assert counts(models["a"], "requests", "partial_requests", "input", "output") == (0, 0, 0, 0) and counts(models["b"], "requests", "input") == (1, 90)
    assert models["a"]["long_context"]["100k"]["requests"] == 0 and insight["cost"]["reported_usd"] == "0.25"
    assert insight["context"] == {"last": 90, "max": 150000, "window": None}
    row = run["turns"][0]
    assert row["tokens"]["input"] == 90 and row["models"]["a"]["cost_usd"] == "0" and row["models"]["b"]["cost_usd"] == "0.25"
    # A chain, and the same event twice: u1 + (u2 - u1) + (u3 - u2) + (u4 - u1) = 30 + 40 - 10.
    _, insight = one(usage(0, "u1", model="a", input_tokens=10), usage(0, "u2", "u1", model="a", input_tokens=20), usage(0, "u3", "u2", model="a", input_tokens=30),
                     usage(0, "u4", "u1", model="a", input_tokens=40))
    assert counts(insight["models"]["a"], "requests", "input") == (1, 60)
    # Negative: u1 is taken away twice.
    _, insight = one(usage(0, "u1", model="a", input_tokens=10, cost_usd=1), usage(0, "u2", "u1", model="a"), usage(0, "u3", "u1", model="a"))
    assert counts(insight["models"]["a"], "requests", "input") == (1, -10) and insight["cost"]["reported_usd"] == "-1"
    # A closed turn's event: the run alone, so by_model of the open turn does not touch it.
    run, insight = one((0, "turn.start"), usage(0, "u1", model="a", input_tokens=10), (1, "turn.result"), (2, "turn.start"), usage(2, "u2", "u1", model="a", input_tokens=17),
                       usage(2, "u3", "u2", model="a", input_tokens=18), (3, "turn.result", {"by_model": {"b": {"input": 1}}}))
    assert insight["models"]["a"]["input"] == 18 and [row["tokens"]["input"] for row in run["turns"]] == [10, 1] and list(run["turns"][1]["models"]) == ["b"]
    # Loose: the difference is settled with it.
    _, insight = one(usage(0, "u1", model="a", input_tokens=10), usage(0, "u2", "u1", model="a", input_tokens=12), (1, "turn.result", {"by_model": {"a": {"input": 5}}}),
                     usage(2, "u3", "u2", model="a", input_tokens=20))
    assert insight["models"]["a"]["input"] == 5 + 8
    # A sub-agent's usage outside of a turn lies in no loose tally, so the correction does not either; nor does a sub-agent's correction.
    _, insight = one(usage(0, "u1", model="a", input_tokens=10, subagent=True), usage(0, "u2", "u1", model="a", input_tokens=12), (1, "turn.result", {"by_model": {"a": {"input": 5}}}))
    assert insight["models"]["a"]["input"] == 12 + 5 and insight["models"]["a"]["subagent"]["input"] == 0
    _, insight = one(usage(0, "u1", model="a", input_tokens=10), usage(0, "u2", "u1", model="a", input_tokens=12, subagent=True), usage(0, "u3", "u2", model="a", input_tokens=14),
                     (1, "turn.result", {"by_model": {"a": {"input": 5}}}))
    assert insight["models"]["a"]["input"] == 14 + 5 and insight["models"]["a"]["subagent"]["input"] == 0
    # Ordinary: an unknown name, a later one, a copied one, its own, another kind's, another run's. `copied` wins.
    run, insight = one((0, "odd", {}, {"id": "o"}), usage(0, "c", model="a", copied=True), *[usage(0, "n" + name, name, model="a", input_tokens=1) for name in
                       ("x", "later", "c", "nself", "o")], usage(0, "nself", "nself", model="a", input_tokens=1), usage(0, "later", model="a"),
                       usage(0, "k", "nx", model="a", copied=True))
    assert counts(insight["models"]["a"], "requests", "input") == (7, 6) and run["insight"]["kinds"]["usage"] == 9
    # An absent model is the run's model now, for both events.
    _, insight = one((0, "run.started", {"model": "a"}), usage(0, "u1", input_tokens=10), (0, "run.started", {"model": "b"}), usage(0, "u2", "u1", input_tokens=12))
    assert counts(insight["models"]["a"], "requests", "input") == (1, 10) and counts(insight["models"]["b"], "requests", "input") == (0, 2)
    # From a sub-agent's to the run's own, in the open turn.
    run, insight = one((0, "turn.start"), usage(0, "u1", model="a", input_tokens=10, cost_usd=1, subagent=True), usage(0, "u2", "u1", model="a", input_tokens=12, cost_usd=3),
                       (1, "turn.result", {"cost_usd": 5}))
    assert counts(insight["models"]["a"], "requests", "input") == (1, 12) and insight["models"]["a"]["subagent"]["requests"] == 0
    assert insight["cost"]["reported_usd"] == "5" and run["turns"][0]["cost_usd"] == "5"


def corrections_after_the_seal():
    steps = [(0, "turn.start"), usage(0, "u1", model="a", input_tokens=10, cost_usd=1), (1, "run.ended"), usage(2, "u2", model="a", input_tokens=100),
             usage(2, "u3", "u1", model="a", input_tokens=11, cost_usd=1.5), usage(2, "u4", "u3", model="a", input_tokens=12), usage(2, "u5", "u2", model="a", input_tokens=200)]
    run, insight = one(*steps)
    assert run["turns"][0]["tokens"]["input"] == 12 and run["turns"][0]["cost_usd"] == "0" and insight["models"]["a"]["input"] == 212
    run, insight = one(*steps, (3, "turn.result", {"by_model": {"a": {"input": 50}}}), usage(4, "u6", "u5", model="a", input_tokens=203))
    assert run["turns"][0]["tokens"]["input"] == 50 and counts(insight["models"]["a"], "requests", "input") == (2, 53)
    assert insight["late_events"] == 6
    run, insight = one(*steps, (3, "run.resumed"), usage(4, "u6", "u4", model="a", input_tokens=20))
    assert run["turns"][0]["tokens"]["input"] == 12 and insight["models"]["a"]["input"] == 220


def failures_without_a_call():
    run, insight = one((0, "input"), (1, "tool_result", {"id": "x", "is_error": True, "title": "T"}), (1, "tool_call_update", {"id": "y", "status": "error"}),
                       (1, "tool_call_update", {"id": "z", "status": "pending"}), (1, "tool_result", {"id": "w", "is_error": True, "cancelled": True}),
                       (1, "permission.decision", {"id": "v", "decision": "deny"}), (1, "tool_result", {"id": "v", "is_error": True}), (1, "tool_result", {"is_error": True}))
    assert classes(run) == [("orphan_tool_result", 2, "T", 0), ("tool_error", 2, "T", 0), ("orphan_tool_result", 3, None, 0), ("tool_error", 3, "(unnamed)", 0),
                            ("orphan_tool_result", 4, None, 0), ("orphan_tool_result", 5, None, 0), ("orphan_tool_result", 7, None, 0)]
    assert insight["tool_failed"] == 0 and insight["tools"] == {} and counts(run["turns"][0], "errors", "tool_failed", "issues") == (2, 0, 5)


def tiers():
    _, insight = one((0, "run.started", {"model": "m"}), (0, "usage", {"tier": "fast", "web_searches": 3}), (0, "usage", {"model": "m", "tier": "Fast"}),
                     (0, "usage", {"model": "m@fast", "tier": "batch", "subagent": True, "web_searches": 2 ** 53}), (0, "usage", {"model": "x" * 198, "tier": "flex"}))
    assert sorted(insight["models"]) == ["m", "m@fast", "m@fast@batch", "x" * 198 + "@f"] and insight["models"]["m@fast"]["web_searches"] == 3
    assert insight["models"]["m@fast@batch"]["subagent"]["web_searches"] == 2 ** 53
    settled = lambda by_model, *usages: one((0, "run.started", {"model": "m"}), (0, "turn.start"), *[(0, "usage", payload) for payload in usages],
                                            (1, "turn.result", {"by_model": by_model}))[1]["models"]
    fast, batch, bare = {"model": "m", "tier": "fast", "web_searches": 1}, {"model": "m", "tier": "batch"}, {"model": "m"}
    models = settled({"m": {"input": 5}}, fast)
    assert list(models) == ["m@fast"] and counts(models["m@fast"], "requests", "input", "web_searches") == (1, 5, 1)
    assert settled({"m": {"input": 5}}, fast, bare)["m"]["input"] == 5                       # met bare
    assert settled({"m": {"input": 5}}, fast, batch)["m"]["input"] == 5                      # two tiers
    assert settled({"m": {"input": 5}}, {**fast, "subagent": True})["m"]["input"] == 5       # a sub-agent's does not count
    assert settled({"m": {"input": 5}, "m@fast": {"input": 6}}, fast)["m@fast"]["input"] == 11
    assert settled({"m@flex": {"input": 5}}, fast)["m@flex"]["input"] == 5                   # as written
    assert settled({"m": {"input": 5}}, {"model": "m@slow"})["m"]["input"] == 5              # not one of the four
    assert settled({"": {"input": 5}}, fast)["m"]["input"] == 5                              # an empty key: bare
    # A model that a correction has left with nothing was met all the same.
    _, insight = one((0, "turn.start"), usage(0, "u", model="m", tier="fast"), usage(0, "v", "u", model="m", tier="flex"), (1, "turn.result", {"by_model": {"m": {"input": 5}}}))
    assert insight["models"]["m"]["input"] == 5 and insight["models"]["m@fast"]["requests"] == 0


def permissions():
    result = fold((0, "turn.start"), (0, "permission.request", {"id": "a"}), (0, "permission.request", {"id": "a"}), (0, "permission.request"), (0, "permission.request", {"id": "b"}),
                  (1, "permission.decision", {"id": "a", "decision": "allow"}), (1, "permission.decision", {"decision": "deny"}), (1, "permission.decision", {"id": "zz", "decision": "later"}),
                  (1, "tool_call", {"id": "q", "name": "permission_prompt"}), (2, "turn.result"), (3, "permission.request", {"id": "late"}))
    expected = {"requested": 5, "allowed": 1, "denied": 1, "unanswered": 1}
    assert result["runs"]["r"]["insight"]["permissions"] == expected and result["rollups"][-1]["sum"]["permissions"] == expected
    assert [finding["class"] for finding in result["runs"]["r"]["findings"]] == ["unanswered_permission", "unanswered_permission"]


def models_of_turn_rows():
    run, _ = one((0, "turn.start"), *[(0, "usage", {"model": "m%d" % index, "input_tokens": 1, "cache_write_tokens": 4, "cache_write_1h_tokens": 3, "cost_usd": 0.5}) for index in range(9, -1, -1)],
                 (0, "usage", {"model": "m9", "subagent": True, "input_tokens": 70}), (1, "turn.result"),
                 (2, "turn.start"), (2, "usage", {"model": "a", "input_tokens": 1, "cost_usd": 0.5}), (2, "usage", {"model": "c"}),
                 (3, "turn.result", {"by_model": {"b": {"cache_create": 2, "cost_usd": 3}, "a": {"output": 1}}}))
    first, second = (row["models"] for row in run["turns"])
    one_model = {"requests": 1, "input": 1, "output": 0, "cache_read": 0, "cache_write": 4, "cache_write_1h": 3, "cost_usd": "0.5"}
    assert first == {"(other)": {**one_model, "requests": 2, "input": 2, "cache_write": 8, "cache_write_1h": 6, "cost_usd": "1"}, **{"m%d" % index: one_model for index in range(2, 10)}}
    zeros = dict.fromkeys(one_model, 0)
    assert second == {"a": {**zeros, "requests": 1, "output": 1, "cost_usd": None}, "b": {**zeros, "cache_write": 2, "cost_usd": "3"}, "c": {**zeros, "requests": 1, "cost_usd": None}}


def forks_and_facts():
    _, insight = one((0, "run.started", {"forked_from": "", "branch": "b1", "team": "t", "title": "T", "repository": 5}),
                     (0, "run.started", {"forked_from": "f1", "branch": "b2", "commit": "c", "agent_type": "x", "repository": "o/r"}),
                     (0, "run.started", {"forked_from": "f2", "branch": "", "parent_run": "f1"}))
    assert counts(insight, "forked_from", "repository", "branch", "commit", "agent_type", "team", "title") == ("f1", "o/r", "b2", "c", "x", "t", "T")
    result = fold_events([{"run": "f", "kind": "text", "ts": ts(0)}, {"run": "g", "kind": "run.started", "ts": ts(0), "payload": {"forked_from": "f"}}])
    assert result["runs"]["f"]["insight"]["family"]["runs"] == 1


def sessions():
    event = lambda run, second, kind="text", session="s": {"run": run, "kind": kind, "ts": ts(second), "session": session}
    result = fold_events([event("z", 5), event("a", 3), event("z", 9, "run.ended"), event("z", 20, "verdict"), event("b", 1, "run.tag"), event("b", 7, session="t"),
                          event("b", 8, "run.note", "u"), event("c", 0, "run.tag")])
    shown = {name: counts(session, "runs", "run_ids", "first_ts", "last_ts") for name, session in result["sessions"].items()}
    at = lambda second: "2026-06-01T00:00:%02d.000Z" % second
    assert shown == {"s": (4, ["z", "a", "b", "c"], at(3), at(9)), "t": (1, ["b"], at(7), at(7)), "u": (1, ["b"], None, None)}


def ignored_parents():
    start = lambda run, parent: {"run": run, "kind": "run.started", "ts": ts(0), "payload": {"parent_run": parent}}
    families = fold_events([start("a", "a"), start("b", "c"), start("c", "b"), start("d", "gone"), start("a", "gone2")])["families"]
    assert {name: family["runs"] for name, family in families.items()} == {"a": 1, "b": 1, "c": 2, "d": 1, "gone": 1}


def limits():
    _, insight = one((0, "usage", {"model": "a", "input_tokens": 10 ** 12, "output_tokens": 10 ** 12 + 1, "cache_read_tokens": 1000000000000.5, "web_searches": 2 ** 53,
                                   "context_window": 2 ** 53}),
                     (0, "span", {"stage": "s", "duration_ms": 10 ** 11, "queue_ms": 10 ** 11}), (0, "span", {"stage": "s", "duration_ms": 10 ** 11 + 1, "queue_ms": 10 ** 11 + 1}),
                     (0, "checkpoint", {"phase": "p", "step_ms": 10 ** 11 + 1}))
    assert counts(insight["models"]["a"], "input", "output", "cache_read", "web_searches") == (10 ** 12, 0, 0, 2 ** 53) and insight["context"]["window"] == 2 ** 53
    assert counts(insight["stages"]["s"], "count", "queue_ms") == (2, 10 ** 11) and insight["stages"]["s"]["latency"]["count"] == 1 and insight["launch"] == {}
    _, insight = one((0, "turn.result", {"by_model": {"a": {"input": 10 ** 12, "output": 10 ** 12 + 1}}}))
    assert counts(insight["models"]["a"], "input", "output") == (10 ** 12, 0)
    assert duration_of(Number("99999999999.9")) == 99999999999 and duration_of(Number("100000000000.1")) is None and duration_of(Number("1e11")) == 10 ** 11


def long_context_parts():
    sizes = (100000, 100001, 200000, 200001, 272000, 272001)
    run, insight = one((0, "turn.start"), *[(0, "usage", {"model": "a", "cache_read_tokens": size - 7, "cache_write_tokens": 7, "output_tokens": 10, "reasoning_tokens": 9, "web_searches": 1,
                       "unknown": True}) for size in sizes], (0, "usage", {"model": "a", "input_tokens": 300000, "subagent": True}))
    parts = insight["models"]["a"]["long_context"]
    assert [counts(parts[part], "requests", "unknown_requests", "web_searches", "cache_read", "output") for part in ("100k", "200k", "272k")] == \
        [(5, 5, 5, 1044003 - 35, 50), (3, 3, 3, 744002 - 21, 30), (1, 1, 1, 272001 - 7, 10)]
    assert all(insight["models"]["a"]["subagent"]["long_context"][part]["input"] == 300000 for part in parts)
    _, insight = one(*[(0, event["kind"], event["payload"]) for event in [{"kind": "turn.start", "payload": {}}] + [
        {"kind": "usage", "payload": {"model": "a", "cache_read_tokens": size, "output_tokens": 10, "reasoning_tokens": 9, "web_searches": 1, "partial": True}} for size in sizes]],
        (0, "usage", {"model": "a", "input_tokens": 300000, "subagent": True}), (1, "turn.result", {"by_model": {"a": {"cache_read": 500000, "output": 25}}}))
    parts = insight["models"]["a"]["long_context"]
    assert [counts(parts[part], "requests", "partial_requests", "web_searches", "cache_read", "output", "reasoning") for part in ("100k", "200k", "272k")] == \
        [(5, 5, 5, 500000, 25, 25), (3, 3, 3, 500000, 25, 25), (1, 1, 1, 272001, 10, 9)]
    assert insight["models"]["a"]["subagent"]["long_context"]["272k"]["input"] == 300000
    # A small request replaced by two long ones: 2 requests in the parts, 1 in the model; by_model leaves them.
    _, insight = one((0, "turn.start"), usage(0, "u", model="a"), *[usage(0, name, "u", model="a", input_tokens=120000) for name in "vw"], (1, "turn.result", {"by_model": {"a": {"input": 7}}}))
    assert counts(insight["models"]["a"], "requests", "input") == (1, 7) and counts(insight["models"]["a"]["long_context"]["100k"], "requests", "input") == (2, 7)
    # A correction takes the request out of the parts that it was in.
    _, insight = one(usage(0, "u", model="a", input_tokens=280000), usage(0, "v", "u", model="a", input_tokens=150000))
    parts = insight["models"]["a"]["long_context"]
    assert [counts(parts[part], "requests", "input") for part in ("100k", "200k", "272k")] == [(1, 150000), (0, 0), (0, 0)]


def facts_that_move_no_clock():
    tag = lambda name, **more: (90, "run.tag", {"name": name, **more})
    run, insight = one((0, "agent.cost", {"usd": 9}), (50, "run.note"), (10, "turn.start"), (70, "agent.cost", {"usd": 0.5, "source": "x"}), (70, "agent.cost", {"usd": "8"}),
                       (12, "run.ended", {"cause": "stop"}), tag("b"), tag("a"), tag("é"), tag("b", remove=True), tag("z", remove="true"), tag(""), (80, "verdict", {"state": "done"}),
                       (91, "run.score", {"name": "q", "value": 0.1}), (91, "run.score", {"name": "q", "value": -2.5, "comment": "c"}), (91, "run.score", {"name": "q", "value": "3"}),
                       (91, "run.score", {"value": 1}), (91, "run.note", {"text": "n"}))
    assert insight["span_ms"] == 2000 and insight["first_ts"][17:] == "10.000Z" and insight["last_ts"][17:] == "12.000Z" and insight["late_events"] == 0
    assert insight["cost"]["agent_usd"] == "0.5" and insight["cost"]["reported_usd"] is None and insight["notes"] == 2 and insight["tags"] == ["a", "z", "é"]
    assert insight["scores"] == {"q": "-2.5"} and insight["outcome"]["status"] == "done" and insight["event_count"] == 18
    _, insight = one((0, "run.tag", {"name": "a"}), (5, "run.note"))
    assert (insight["first_ts"], insight["last_ts"], insight["span_ms"]) == (None, None, 0) and insight["turns"]["count"] == 0
    # Bounds: 32 tags, 16 scores; a tag can follow one that was taken away; one that was dropped stays away.
    tags = [tag("t%02d" % index) for index in range(34)]
    _, insight = one(*tags, tag("t00", remove=True), tag("t33"), tag("t32"), tag("L" * 199 + "é", remove=True),
                     *[(0, "run.score", {"name": "s%02d" % index, "value": index}) for index in range(18)], (0, "run.score", {"name": "s00", "value": 7}))
    assert insight["tags"] == ["t%02d" % index for index in (*range(1, 32), 33)] and len(insight["scores"]) == 16 and insight["scores"]["s00"] == "7"
    _, insight = one(tag("L" * 199 + "é"), (0, "usage", {"model": "a", "unknown": True, "subagent": True}))
    assert insight["tags"] == ["L" * 199] and insight["models"]["a"]["subagent"]["unknown_requests"] == 1 and insight["cost"]["is_minimum"] is True
    # A verdict before the seal moves the clock.
    assert one((0, "text"), (3, "verdict", {"state": "done"}))[1]["span_ms"] == 3000


def sums_reconcile():
    """§12 on random logs: the rows of the total, and those of every agent, sum to the digests of all runs."""
    for index in range(24):
        rng = random.Random("reconcile/%d" % index)
        generator = Generator(rng, 150, False)
        generator.wide = False
        log = Log()
        log.read_bytes(generator.log())
        store = Store()
        for event in log.events:
            store.fold(event)
        for dimension in ("total", "agent"):
            expected, found = Sum(), Sum()
            for run in store.runs.values():
                expected.merge(run.sum)
            for (_, part, _), row in store.rollups.items():
                if part == dimension:
                    found.merge(row)
            expected, found = expected.shown(), found.shown()
            for part in ("event_count", "time", "turns", "permissions", "turn_latency", "ttft", "active_us", "tool_calls", "tool_failed", "late_events", "reported_usd",
                         "models", "tools", "errors", "issues"):
                assert expected[part] == found[part], (index, dimension, part)


for test in (canonical, adoption_and_abandon, by_model_replaces, late_result_settles_once, tools_and_permissions, deny_then_allow_then_sweep,
             repeated, clocks, outcomes, families_and_sums, lines, values, bounds, traces,
             time_without_a_turn_is_idle, turn_time_is_at_most_wall, moved_time_may_be_negative_in_a_session, own_time_of_a_turn, a_result_without_a_start,
             own_time_of_a_call, left_running, loose_usage, corrections, corrections_after_the_seal, failures_without_a_call, tiers, permissions,
             models_of_turn_rows, forks_and_facts, sessions, ignored_parents, limits, long_context_parts, facts_that_move_no_clock, sums_reconcile):
    test()
    print("ok", test.__name__)
