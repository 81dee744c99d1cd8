extension Event {
  /// Something went wrong and said so.
  public static func error(type: String? = nil, message: String? = nil) -> Event {
    make(.error) { json in
      json.member("type", ifPresent: type)
      json.member("message", ifPresent: message)
    }
  }

  /// A step of a launch, or of another flow, was reached.
  public static func checkpoint(flow: String? = nil, phase: String, stepMs: Int64) -> Event {
    make(.checkpoint) { json in
      json.member("flow", ifPresent: flow)
      json.member("phase", phase)
      json.member("step_ms", stepMs)
    }
  }

  /// A stage of some work took its time.
  public static func span(stage: String, durationMs: Int64? = nil, queueMs: Int64? = nil) -> Event {
    make(.span) { json in
      json.member("stage", stage)
      json.member("duration_ms", ifPresent: durationMs)
      json.member("queue_ms", ifPresent: queueMs)
    }
  }

  /// The context window was compacted.
  public static func compaction() -> Event {
    Event(EventKind(.compaction))
  }

  /// A request to a model failed and is being tried again.
  public static func retry(type: String? = nil, delayMs: Int64? = nil) -> Event {
    make(.retry) { json in
      json.member("type", ifPresent: type)
      json.member("delay_ms", ifPresent: delayMs)
    }
  }

  /// A limit was reached.
  public static func rateLimit(resetsAt: Timestamp? = nil) -> Event {
    make(.rateLimit) { $0.member("resets_at", ifPresent: resetsAt) }
  }
}
