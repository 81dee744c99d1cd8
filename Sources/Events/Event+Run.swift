extension EventKind {
  /// The kind under the name that the fold knows it by.
  package init(_ known: KnownKind) {
    self.init(rawValue: known.rawValue)
  }
}

extension Event {
  /// Makes an event of a known kind with the members that `body` adds.
  package static func make(_ kind: KnownKind, _ body: (inout JSONWriter) -> Void) -> Event {
    Event(EventKind(kind), payload: .object(body))
  }

  /// The same event with more of its envelope filled in; what is `nil` stays as it is.
  public func with(
    ts: Timestamp? = nil,
    producer: Producer? = nil,
    session: String? = nil,
    id: String? = nil,
    traceparent: String? = nil
  ) -> Event {
    var event = self
    event.ts = ts ?? self.ts
    event.producer = producer ?? self.producer
    event.session = session ?? self.session
    event.id = id ?? self.id
    event.traceparent = traceparent ?? self.traceparent
    return event
  }

  /// A run began, or says more about itself.
  ///
  /// The last value of each counts, but of `parentRun` and `forkedFrom` the first.
  public static func runStarted(
    agent: String? = nil,
    model: String? = nil,
    project: String? = nil,
    host: String? = nil,
    parentRun: String? = nil,
    title: String? = nil,
    forkedFrom: String? = nil,
    repository: String? = nil,
    branch: String? = nil,
    commit: String? = nil,
    agentType: String? = nil,
    team: String? = nil
  ) -> Event {
    make(.runStarted) { json in
      json.member("agent", ifPresent: agent)
      json.member("model", ifPresent: model)
      json.member("project", ifPresent: project)
      json.member("host", ifPresent: host)
      json.member("parent_run", ifPresent: parentRun)
      json.member("title", ifPresent: title)
      json.member("forked_from", ifPresent: forkedFrom)
      json.member("repository", ifPresent: repository)
      json.member("branch", ifPresent: branch)
      json.member("commit", ifPresent: commit)
      json.member("agent_type", ifPresent: agentType)
      json.member("team", ifPresent: team)
    }
  }

  /// A run ended; the first such event of a run seals its digest.
  public static func runEnded(
    _ cause: EndCause,
    by: String? = nil,
    reason: String? = nil,
    exitCode: Int? = nil,
    verdict: Verdict? = nil
  ) -> Event {
    make(.runEnded) { json in
      json.member("cause", cause.rawValue)
      json.member("by", ifPresent: by)
      json.member("reason", ifPresent: reason)
      json.member("exit_code", ifPresent: exitCode)
      json.member("verdict", ifPresent: verdict?.rawValue)
    }
  }

  /// A run that had ended goes on; `by` names who resumed it.
  public static func runResumed(by: String? = nil) -> Event {
    make(.runResumed) { $0.member("by", ifPresent: by) }
  }

  /// What became of the task; the last one counts, also after the end of the run.
  public static func verdict(_ verdict: Verdict) -> Event {
    make(.verdict) { $0.member("state", verdict.rawValue) }
  }
}
