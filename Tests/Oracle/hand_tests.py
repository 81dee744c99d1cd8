#!/usr/bin/env python3
"""Tiny logs whose figures were derived by hand from FOLD.md, and the canonical vector."""
import json
import os

from fold_oracle import Log, count_of, cut, fold_events, fold_log, micros_of, money_of, money_text, signed_of, sketch_bucket, Number

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
    assert models["a"]["long_context"]["input"] == 100 and models["a"]["long_context"]["output"] == 30 and models["a"]["long_context"]["requests"] == 1
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
    assert classes(run) == [("mixed_id_shape", 7, "toolCallId", 0), ("duplicate_tool_call", 9, "edit", 0), ("mixed_id_shape", 10, "id", 0),
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


for test in (canonical, adoption_and_abandon, by_model_replaces, late_result_settles_once, tools_and_permissions, deny_then_allow_then_sweep,
             repeated, clocks, outcomes, families_and_sums, lines, values, bounds, traces):
    test()
    print("ok", test.__name__)
