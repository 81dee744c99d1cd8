internal import Events

extension Conversation {
  /// The agent spoke or thought.
  mutating func say(
    _ kind: KnownKind,
    _ text: String?,
    _ part: String? = nil,
    message: String? = nil,
    into sink: inout ImportedEvents
  ) {
    step(.words, message: message, sink)
    emit(.make(kind) { $0.member("text", ifPresent: text) }, part, into: &sink)
  }

  /// The agent called a tool.
  ///
  /// `asksPerson` says that the call itself is a question to a person, whose answer is its result:
  /// until then the agent waits.
  mutating func call(
    _ call: String?,
    name: String?,
    input: JSONValue?,
    asksPerson: Bool = false,
    _ part: String? = nil,
    message: String? = nil,
    into sink: inout ImportedEvents
  ) {
    let event = Event.make(.toolCall) { json in
      json.member("id", ifPresent: call)
      json.member("name", ifPresent: name)
      if let input { json.raw("input", input.raw) }
    }
    step(.call, message: message, sink)
    let isNew = call.map { !openCalls.contains($0) } ?? true
    emit(event, part, into: &sink)
    if asksPerson, isNew, let call {
      emit(.permissionRequest(id: call, name: name), Self.part(part, "asks"), into: &sink)
    }
    noteCall(call, asksPerson: asksPerson)
  }

  /// How a call came back.
  enum ResultKind: String, Codable { case success, failure, denied, cancelled }

  /// A call came back.
  ///
  /// `durationMs` is how long the agent says that it took; `isRunning` says that what it began goes on
  /// behind it.
  mutating func result(
    of call: String?,
    _ kind: ResultKind,
    name: String? = nil,
    content: JSONValue? = nil,
    durationMs: Int64? = nil,
    isRunning: Bool = false,
    _ part: String? = nil,
    into sink: inout ImportedEvents,
    _ more: (inout JSONWriter) -> Void = { _ in }
  ) {
    flushRequest(into: &sink)
    if let call, noteResult(of: call) {
      let isAllowed = kind != .denied
      emit(
        .permissionDecision(id: call, isAllowed: isAllowed),
        Self.part(part, "answered"),
        into: &sink
      )
    }
    let event = Event.make(.toolResult) { json in
      json.member("tool_use_id", ifPresent: call)
      json.member("name", ifPresent: name)
      json.member("is_error", kind != .success)
      if kind == .denied { json.member("denied", true) }
      if kind == .cancelled { json.member("cancelled", true) }
      json.member("duration_ms", ifPresent: durationMs)
      if isRunning { json.member("running", true) }
      if let content { json.raw("content", content.raw) }
      more(&json)
    }
    emit(event, part, into: &sink)
    if turn != nil { step(kind == .denied ? .denied : .result, sink) }
  }

  /// A person is asked whether a call may go ahead.
  mutating func ask(
    about call: String?,
    name: String?,
    _ part: String? = "asks",
    into sink: inout ImportedEvents
  ) {
    guard let call else { return }
    emit(.permissionRequest(id: call, name: name), part, into: &sink)
  }

  /// A person has answered.
  mutating func answer(
    about call: String?,
    isAllowed: Bool,
    _ part: String? = "answered",
    into sink: inout ImportedEvents
  ) {
    guard let call else { return }
    emit(.permissionDecision(id: call, isAllowed: isAllowed), part, into: &sink)
  }

  /// A request or the agent itself failed; the turn has failed unless something of it follows.
  mutating func fail(
    type: String,
    message: String?,
    _ part: String? = "error",
    into sink: inout ImportedEvents
  ) {
    flushRequest(into: &sink)
    emit(.error(type: type, message: message), part, into: &sink)
    turn?.hasFailed = true
    if let ts = sink.line.ts { turn?.lastTS = ts }
  }

  /// The context window was compacted.
  mutating func compact(
    _ part: String? = nil,
    into sink: inout ImportedEvents,
    _ body: (inout JSONWriter) -> Void
  ) {
    flushRequest(into: &sink)
    emit(Event.make(.compaction, body), part, into: &sink)
  }

  /// The run is over.
  mutating func end(
    _ cause: EndCause,
    reason: String? = nil,
    at ts: Timestamp? = nil,
    into sink: inout ImportedEvents
  ) {
    let event = Event.runEnded(cause, by: "agent", reason: reason)
    emit(event.with(ts: ts, producer: .system), "run.ended", into: &sink)
  }

  private static func part(_ part: String?, _ word: String) -> String {
    part.map { $0 + "/" + word } ?? word
  }
}
