internal import Events

/// What is noted of a run on the way: who it is, what it was part of, how it was launched.
extension RunFold {
  /// Takes the facts of a `run.started`: per key the last one present, but the first parent and the
  /// first run that this one was forked from.
  mutating func noteFacts(_ event: FoldEvent) {
    digest.facts.agent = fields.fact(.agent) ?? digest.facts.agent
    digest.facts.model = fields.fact(.model) ?? digest.facts.model
    digest.facts.project = fields.fact(.project) ?? digest.facts.project
    digest.facts.host = fields.fact(.host) ?? digest.facts.host
    digest.facts.title = fields.fact(.title) ?? digest.facts.title
    digest.facts.repository = fields.fact(.repository) ?? digest.facts.repository
    digest.facts.branch = fields.fact(.branch) ?? digest.facts.branch
    digest.facts.commit = fields.fact(.commit) ?? digest.facts.commit
    digest.facts.agentType = fields.fact(.agentType) ?? digest.facts.agentType
    digest.facts.team = fields.fact(.team) ?? digest.facts.team
    digest.facts.forkedFrom = digest.facts.forkedFrom ?? fields.fact(.forkedFrom)
    if !state.hasParentLink, let parent = fields.fact(.parentRun) {
      digest.facts.parentRun = parent
      state.hasParentLink = true
      changes.parentLinkSeq = event.seq
    }
  }

  /// Notes the session that an event is stamped with.
  mutating func note(session: String, _ event: FoldEvent, movesClock: Bool) {
    // Nearly every event has the session of the one before.
    if let sessionIndex, digest.facts.session.isExactly(session) {
      if movesClock { changes.sessions[sessionIndex].note(event.ts) }
      return
    }
    digest.facts.session = Name.cut(session, to: DigestFacts.bytesMax)
    let index = indexOfPart(session, event)
    if movesClock { changes.sessions[index].note(event.ts) }
    // A session that was cut may look like another one.
    sessionIndex = session.utf8.count > DigestFacts.bytesMax ? nil : index
  }

  private mutating func indexOfPart(_ session: String, _ event: FoldEvent) -> Int {
    if let index = changes.sessions.firstIndex(where: { $0.session.isExactly(session) }) {
      return index
    }
    changes.sessions.append(SessionPart(session: session, firstOrdinal: event.ordinal ?? 0))
    return changes.sessions.count - 1
  }

  mutating func countKind(_ kind: UnsafeRawBufferPointer) {
    let name = NameBytes(kind)
    edit { $0.kinds[at: $0.kinds.position(of: name, initial: 0)] += 1 }
  }

  mutating func noteTrace(_ traceparent: UnsafeRawBufferPointer?) {
    guard let traceparent, !traceparent.isEmpty else { return }
    guard let id = TraceContext(utf8: traceparent)?.traceID else {
      digest.trace.malformed += 1
      return
    }
    if digest.trace.ids.count < TraceSummary.idsMax, !digest.trace.ids.contains(id) {
      digest.trace.ids.append(id)
    }
  }

  /// Counts a payload that cannot be read; its event acts as with `{}`.
  mutating func notePayload(_ event: FoldEvent) {
    let reason: String
    switch fields.shape {
    case .object: return
    case .notAnObject: reason = "the payload is not a JSON object"
    case .tooDeep: reason = "the payload is nested deeper than 128 levels"
    case .malformed(let offset): reason = "the payload is not JSON at byte \(offset)"
    }
    edit { $0[.quarantined] += 1 }
    changes.quarantined.append((event.seq, reason))
  }

  mutating func addCheckpoint() {
    guard let phase = fields.name(.phase), let stepMs = fields.duration(.stepMs) else { return }
    let flow = fields.name(.flow) ?? .none
    let flowPosition = digest.launch.position(of: flow, bound: 32, initial: LaunchFlow())
    let position = digest.launch[at: flowPosition].phases.position(
      of: phase,
      bound: 64,
      initial: LaunchPhase()
    )
    var entry = digest.launch[at: flowPosition].phases[at: position]
    entry.steps += 1
    entry.totalMs &+= stepMs
    entry.lastMs = stepMs
    entry.maxMs = max(entry.maxMs, stepMs)
    digest.launch[at: flowPosition].phases[at: position] = entry
  }

  mutating func addSpan() {
    guard let stage = fields.name(.stage) else { return }
    let position = digest.stages.position(of: stage, bound: 128, initial: StageUsage())
    digest.stages[at: position].count += 1
    digest.stages[at: position].queueMs &+= fields.duration(.queueMs) ?? 0
    if let durationMs = fields.duration(.durationMs) {
      digest.stages[at: position].latency.add(durationMs)
    }
  }

  func text(_ bytes: UnsafeRawBufferPointer) -> String { String(decoding: bytes, as: UTF8.self) }
}

extension PayloadFields {
  /// A string value, `nil` where it is absent, empty or of another type.
  func text(_ key: PayloadKey) -> String? {
    string(key).map { String(decoding: $0, as: UTF8.self) }
  }

  /// A string value of the digest itself, cut only where it would make the row unbounded.
  func fact(_ key: PayloadKey) -> String? {
    string(key).map { Name.cut($0, to: DigestFacts.bytesMax) }
      .map { String(decoding: $0, as: UTF8.self) }
  }

  /// A string value cut to a name.
  func name(_ key: PayloadKey) -> Name? {
    string(key).map { Name(NameBytes($0)) }
  }
}
