package import Events

/// The parts of totals as JSON prints them, in a digest, a session and a window alike.
extension Totals {
  package func writeKinds(to json: inout JSONWriter) {
    json.object("kinds") { json in
      for (name, count) in kinds.sorted { json.member(name, count) }
    }
  }

  package func writeModels(to json: inout JSONWriter) {
    json.object("models") { json in
      for (name, usage) in models.sorted {
        json.object(name) { usage.writeMembers(to: &$0) }
      }
    }
  }

  package func writeTools(to json: inout JSONWriter) {
    json.object("tools") { json in
      for (name, usage) in tools.sorted {
        json.object(name) { json in
          json.member("calls", usage.calls)
          json.member("failed", usage.failed)
          json.member("denied", usage.denied)
          json.member("cancelled", usage.cancelled)
          json.member("missing", usage.missing)
          usage.latency.write("latency", to: &json)
        }
      }
    }
  }

  /// Writes all of a sum over events of many runs.
  package func writeMembers(to json: inout JSONWriter, cost: (inout JSONWriter) -> Void) {
    writeCounters([.runs], to: &json)
    writeFigures(to: &json, cost: cost)
  }

  /// Writes all of a sum but the number of its runs.
  package func writeFigures(to json: inout JSONWriter, cost: (inout JSONWriter) -> Void) {
    writeCounters([.eventCount], to: &json)
    writeKinds(to: &json)
    json.member("span_ms", counters.time.spanMicros / 1000)
    json.member("active_ms", self[.activeMicros] / 1000)
    counters.time.write(to: &json)
    json.object("turns") { json in
      json.member("count", counters.closedTurns)
      writeCounters(DigestCounter.turns, to: &json)
    }
    turnLatency.write("turn_latency", to: &json)
    ttft.write("ttft", to: &json)
    writeModels(to: &json)
    writeRequests(to: &json)
    cost(&json)
    writeTools(to: &json)
    writeCounters(DigestCounter.tools, to: &json)
    Self.writeCounts("errors", errors, to: &json)
    Self.writeCounts("issues", issues, to: &json)
    writeCounters(DigestCounter.last, to: &json)
  }

  /// Writes what was tried again, limited and asked for.
  func writeRequests(to json: inout JSONWriter) {
    writeCounters(DigestCounter.requests, to: &json)
    json.object("permissions") { writeCounters(DigestCounter.permissions, to: &$0) }
  }

  /// Writes counters under their own keys.
  func writeCounters(_ counters: [DigestCounter], to json: inout JSONWriter) {
    for counter in counters { json.member(counter.key, self[counter]) }
  }

  private static func writeCounts(
    _ key: String,
    _ counts: NameMap<Int64>,
    to json: inout JSONWriter
  ) {
    json.object(key) { json in
      json.member("count", counts.values.reduce(0, +))
      json.object("classes") { json in
        for (name, count) in counts.sorted {
          json.object(name) { $0.member("count", count) }
        }
      }
    }
  }
}

extension ModelUsage {
  func writeMembers(to json: inout JSONWriter) {
    own.writeMembers(to: &json)
    longContext.write(to: &json)
    unitedStates.writeIfAny("united_states", to: &json)
    json.object("subagent") { json in
      subagent.writeMembers(to: &json)
      subagentLongContext.write(to: &json)
      subagentUnitedStates.writeIfAny("united_states", to: &json)
    }
  }
}

extension LongContext {
  fileprivate func write(to json: inout JSONWriter) {
    json.object("long_context") { json in
      json.object("100k") { over100k.writeMembers(to: &$0) }
      json.object("200k") { over200k.writeMembers(to: &$0) }
      json.object("272k") { over272k.writeMembers(to: &$0) }
    }
  }
}

extension TokenUsage {
  /// Writes a part that is seldom there.
  fileprivate func writeIfAny(_ key: String, to json: inout JSONWriter) {
    if !isZero { json.object(key) { writeMembers(to: &$0) } }
  }

  func writeMembers(to json: inout JSONWriter) {
    json.member("requests", requests)
    json.member("partial_requests", partialRequests)
    json.member("unknown_requests", unknownRequests)
    json.member("input", input)
    json.member("output", output)
    json.member("reasoning", reasoning)
    json.member("cache_read", cacheRead)
    json.member("cache_write", cacheWrite)
    json.member("cache_write_1h", cacheWrite1h)
    json.member("web_searches", webSearches)
  }
}

extension RunTime {
  func write(to json: inout JSONWriter) {
    let cut = milliseconds
    json.object("time") { json in
      json.member("model_ms", cut.model)
      json.member("tool_ms", cut.tool)
      json.member("waiting_ms", cut.waiting)
      json.member("idle_ms", cut.idle)
    }
  }
}

extension Sketch {
  package func write(_ key: String, to json: inout JSONWriter) {
    json.object(key) { json in
      json.member("count", count)
      json.member("sum_ms", sumMs)
      json.member("min_ms", minMs)
      json.member("max_ms", maxMs)
      for percent in [50, 90, 95, 99] as [Int64] {
        json.member("p\(percent)_ms", percentileMs(percent))
      }
    }
  }
}
