package import Events

extension Turn {
  /// Writes the turn as `turns --json` prints it.
  package func write(run: String, to json: inout JSONWriter) {
    json.object { json in
      json.member("run", run)
      json.member("idx", idx)
      json.member("turn_id", turnID)
      json.member("synthetic", synthetic)
      json.member("session", session)
      json.member("start_seq", startSeq)
      json.member("end_seq", endSeq)
      json.member("start_ordinal", startOrdinal)
      json.member("end_ordinal", endOrdinal)
      json.member("start_ts", startTs)
      json.member("end_ts", endTs)
      json.member("duration_ms", durationMicros.map { $0 / 1000 })
      json.member("own_ms", ownMs)
      json.member("ttft_ms", ttftMicros.map { $0 / 1000 })
      json.member("status", status?.rawValue)
      json.member("stop_reason", stopReason?.rawValue)
      json.object("tokens") { json in
        json.member("input", tokens.input)
        json.member("output", tokens.output)
        json.member("cache_read", tokens.cacheRead)
        json.member("cache_write", tokens.cacheWrite)
      }
      json.object("models") { json in
        for (name, usage) in models.sorted {
          json.object(name) { usage.writeMembers(to: &$0) }
        }
      }
      json.money("cost_usd", cost.value)
      json.member("tool_calls", toolCalls)
      json.member("tool_failed", toolFailed)
      json.member("errors", errors)
      json.member("issues", issues)
      json.member("prompt", prompt)
    }
  }
}

extension Call {
  /// Writes the call as `calls --json` prints it.
  package func write(run: String, to json: inout JSONWriter) {
    json.object { json in
      json.member("run", run)
      json.member("call_id", callID)
      json.member("seq", seq)
      json.member("ordinal", ordinal)
      json.member("name", name)
      json.member("turn", turn)
      json.member("start_ts", startTs)
      json.member("end_ts", endTs)
      json.member("duration_ms", durationMicros.map { $0 / 1000 })
      json.member("own_ms", ownMs)
      json.member("status", status.word)
    }
  }
}

extension TurnModel {
  fileprivate func writeMembers(to json: inout JSONWriter) {
    json.member("requests", requests)
    json.member("input", input)
    json.member("output", output)
    json.member("cache_read", cacheRead)
    json.member("cache_write", cacheWrite)
    json.member("cache_write_1h", cacheWrite1h)
    json.money("cost_usd", nanoUSD)
  }
}

extension Finding {
  /// Writes the finding as `findings --json` prints it.
  package func write(run: String, to json: inout JSONWriter) {
    json.object { json in
      json.member("run", run)
      json.member("n", n)
      json.member("type", type.word)
      json.member("class", errorClass)
      json.member("severity", severity.word)
      json.member("seq", anchor.seq)
      json.member("ordinal", anchor.ordinal)
      json.member("ts", anchor.ts)
      json.member("label", anchor.label)
      json.member("turn", turn)
    }
  }
}
