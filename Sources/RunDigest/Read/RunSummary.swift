package import Events
public import Folding

/// One run in a list of runs: what its digest says, in short.
public struct RunSummary: Sendable {
  /// The name of the run.
  public let run: String
  /// The seq of the last event in the log.
  public let head: Int64
  /// The digest; `nil` while nothing of the run is folded.
  public let digest: Digest?

  /// How many events of the log are not folded yet.
  public var lag: Int64 { head - (digest?.watermark ?? 0) }

  /// What the run is doing, or how it ended.
  public var status: Outcome.Status { digest?.outcome.status ?? .running }

  /// All tokens, those of sub-agents included.
  public var tokens: TurnTokens {
    var sum = TurnTokens()
    for (_, usage) in digest?.totals.models.entries ?? [] {
      for counts in [usage.own, usage.subagent] {
        sum.input &+= counts.input
        sum.output &+= counts.output
        sum.cacheRead &+= counts.cacheRead
        sum.cacheWrite &+= counts.cacheWrite
      }
    }
    return sum
  }

  /// How many errors were reported.
  public var errorCount: Int64 { digest?.errors.entries.reduce(0) { $0 &+ $1.value.count } ?? 0 }

  /// How many issues the shape of the log shows.
  public var issueCount: Int64 { digest?.issues.entries.reduce(0) { $0 &+ $1.value.count } ?? 0 }

  /// The models that were used, or else the one that the run was started with.
  public var models: [String] {
    let used = digest?.totals.models.sorted.map(\.name) ?? []
    return used.isEmpty ? [digest?.model].compactMap(\.self) : used
  }

  /// Writes the summary as `digest-ctl runs --json` prints it; `cost` writes the members that
  /// say what it cost.
  package func write(to json: inout JSONWriter, cost: (inout JSONWriter) -> Void) {
    let totals = digest?.totals ?? Totals()
    let tokens = tokens
    json.object { json in
      json.member("run", run)
      json.member("session", digest?.session)
      json.member("agent", digest?.agent)
      json.member("model", digest?.model)
      json.array("models") { json in for model in models { json.element(model) } }
      json.member("project", digest?.project)
      json.member("parent_run", digest?.parentRun)
      json.member("title", digest?.title)
      json.member("status", status.rawValue)
      json.member("sealed", digest?.isSealed ?? false)
      json.member("head", head)
      json.member("lag", lag)
      json.member("first_ts", digest?.firstTs)
      json.member("last_ts", digest?.lastTs)
      json.member("span_ms", totals.time.spanMicros / 1000)
      json.member("active_ms", totals[.activeMicros] / 1000)
      json.member("turns", digest?.turnCount ?? 0)
      json.member("tool_calls", totals[.toolCalls])
      json.member("tool_failed", totals[.toolFailed])
      json.member("errors", errorCount)
      json.member("issues", issueCount)
      json.object("tokens") { json in
        json.member("input", tokens.input)
        json.member("output", tokens.output)
        json.member("cache_read", tokens.cacheRead)
        json.member("cache_write", tokens.cacheWrite)
      }
      cost(&json)
    }
  }
}
