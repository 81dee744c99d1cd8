internal import Events

extension Transcript {
  /// The agent spoke or thought.
  mutating func say(
    _ kind: KnownKind,
    _ text: String?,
    id: String,
    ts: Timestamp?,
    into sink: inout ImportedEvents
  ) {
    step(.words, id: id, ts: ts)
    emit(.make(kind) { $0.member("text", ifPresent: text) }, id: id, ts: ts, into: &sink)
  }

  /// The agent called a tool.
  mutating func call(
    _ call: String?,
    name: String?,
    input: JSONValue?,
    id: String,
    ts: Timestamp?,
    into sink: inout ImportedEvents
  ) {
    let event = Event.make(.toolCall) { json in
      json.member("id", ifPresent: call)
      json.member("name", ifPresent: name)
      if let input { json.raw("input", input.raw) }
    }
    step(.call, id: id, ts: ts)
    emit(event, id: id, ts: ts, into: &sink)
    if let call, !openCalls.contains(call) { openCalls.append(call) }
  }

  /// How a call came back.
  enum ResultKind { case success, failure, denied, cancelled }

  /// A call came back.
  mutating func result(
    of call: String?,
    _ kind: ResultKind,
    name: String? = nil,
    content: JSONValue?,
    id: String,
    ts: Timestamp?,
    into sink: inout ImportedEvents
  ) {
    let event = Event.make(.toolResult) { json in
      json.member("tool_use_id", ifPresent: call)
      json.member("name", ifPresent: name)
      json.member("is_error", kind != .success)
      if kind == .denied { json.member("denied", true) }
      if kind == .cancelled { json.member("cancelled", true) }
      if let content { json.raw("content", content.raw) }
    }
    emit(event, id: id, ts: ts, into: &sink)
    openCalls.removeAll { $0 == call }
    if turn != nil { step(kind == .denied ? .denied : .result, id: id, ts: ts) }
  }

  /// A model request was billed to this run, or to another one that is its origin.
  ///
  /// `request` names it among all runs, where the format has such a name; `isCopied` is set where
  /// the log itself says that another run has spent it.
  mutating func bill(
    _ counts: TokenCounts,
    model: String?,
    request: String? = nil,
    isCopied: Bool = false,
    id: String,
    ts: Timestamp?,
    into sink: inout ImportedEvents,
    _ more: (inout JSONWriter) -> Void = { _ in }
  ) {
    let isCopied = isCopied || request.map { sink.isBilled($0, byOtherThan: run) } ?? false
    let event = Event.make(.usage) { json in
      json.member("model", ifPresent: model)
      counts.writeUsage(to: &json)
      if isCopied { json.member("copied", true) }
      more(&json)
    }
    emit(event, id: id, ts: ts, bills: isCopied ? nil : request, into: &sink)
  }

  /// A request or the agent itself failed.
  mutating func fail(
    type: String,
    message: String?,
    id: String,
    ts: Timestamp?,
    into sink: inout ImportedEvents
  ) {
    emit(.error(type: type, message: message), id: id, ts: ts, into: &sink)
    turn?.hasFailed = true
    if let ts { turn?.lastTS = ts }
  }
}
