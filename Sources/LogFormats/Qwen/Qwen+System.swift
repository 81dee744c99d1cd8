internal import Events

extension QwenImporter {
  mutating func readSystem(
    _ record: JSONObject,
    _ subtype: String?,
    id: String,
    ts: Timestamp?,
    _ sink: inout ImportedEvents
  ) {
    let payload = record.object("systemPayload")
    switch subtype {
    case "file_history_snapshot", "attribution_snapshot":
      return
    case "ui_telemetry":
      return readTelemetry(record, payload?.object("uiEvent"), id: id, ts: ts, &sink)
    case "chat_compression":
      let event = Event.make(.compaction) { json in
        if let info = payload?["info"] { json.raw("info", info.raw) }
      }
      return transcript?.emit(event, id: id, ts: ts, into: &sink) ?? ()
    case "custom_title":
      let title = payload?.text("customTitle")
      return transcript?.call(itself: title, id: id, ts: ts, into: &sink) ?? ()
    case "session_model":
      transcript?.use(model: payload?.text("modelId"), id: id, ts: ts, into: &sink)
    case "parent_session":
      let parent = payload?.text("parentSessionId").map { Transcript.run("qwen", $0) }
      let event = Event.make(.runStarted) { $0.member("parent_run", ifPresent: parent?.rawValue) }
      return transcript?.emit(event, id: id, ts: ts, into: &sink) ?? ()
    case "rewind":
      transcript?.endTurn(into: &sink)
    case "branch_checkpoint":
      // Written behind a turn that the model has ended itself.
      transcript?.turn?.stopReason = "end_turn"
    case "turn_result":
      transcript?.keep("turn_result", record.raw, id: id, ts: ts, into: &sink)
      return endTurn(payload, id: id, ts: ts, &sink)
    default:
      break
    }
    transcript?.keep(subtype ?? "system", record.raw, id: id, ts: ts, into: &sink)
  }

  /// The client says how a turn has ended.
  private mutating func endTurn(
    _ payload: JSONObject?,
    id: String,
    ts: Timestamp?,
    _ sink: inout ImportedEvents
  ) {
    let reason = payload?.text("stopReason")
    switch payload?.text("state") {
    case "completed": transcript?.close("success", stopReason: reason, at: ts, into: &sink)
    case "cancelled": transcript?.close("cancelled", stopReason: reason, at: ts, into: &sink)
    case "error":
      // A request that failed was told of already.
      if transcript?.turn?.hasFailed != true {
        let error = payload?.object("error")
        transcript?.fail(
          type: error?.text("code") ?? "qwen_error",
          message: error?.text("message"),
          id: id + "/error",
          ts: ts,
          into: &sink
        )
      }
      transcript?.close("error", stopReason: reason, at: ts, into: &sink)
    default: break
    }
  }

  /// What the client has measured: a request, one that failed, or a call, which stands elsewhere.
  private mutating func readTelemetry(
    _ record: JSONObject,
    _ event: JSONObject?,
    id: String,
    ts: Timestamp?,
    _ sink: inout ImportedEvents
  ) {
    let name = event?.text("event.name")
    guard let event, let name, !name.hasSuffix(".tool_call") else {
      return transcript?.keep("ui_telemetry", record.raw, id: id, ts: ts, into: &sink) ?? ()
    }
    let helper = helper(of: event, record, ts: ts, &sink)
    if name.hasSuffix(".api_error") {
      let type = event.text("error_type") ?? "api_error"
      let words = event.text("error_message")
      if let helper {
        return helpers[helper]?.fail(type: type, message: words, id: id, ts: ts, into: &sink) ?? ()
      }
      return transcript?.fail(type: type, message: words, id: id, ts: ts, into: &sink) ?? ()
    }
    guard name.hasSuffix(".api_response") else {
      return transcript?.keep("ui_telemetry", record.raw, id: id, ts: ts, into: &sink) ?? ()
    }
    let request = QwenRequest(
      counts: TokenCounts(qwenClient: event),
      id: "usage/" + id,
      model: event.text("model"),
      window: nil,
      isCopied: record["forkedFrom"] != nil,
      isCorrection: false,
      reported: event
    )
    guard !request.counts.isZero else { return }
    if let helper {
      // Its own chat names no model.
      helpers[helper]?.use(model: request.model, id: id, ts: ts, into: &sink)
      helpers[helper]?.bill(shared: request, ts: ts, into: &sink)
    } else if requests.isNew(request.counts, by: .client) {
      transcript?.bill(request, ts: ts, into: &sink)
    }
  }

  /// The sub-agent that the client has measured something of.
  private mutating func helper(
    of event: JSONObject,
    _ record: JSONObject,
    ts: Timestamp?,
    _ sink: inout ImportedEvents
  ) -> String? {
    guard agent == nil, let session = transcript?.session else { return nil }
    let place = event.text("prompt_id").map {
      $0.split(separator: "#", omittingEmptySubsequences: false)
    }
    // Older versions name it only as a part: <session>#<agent>#<round>.
    let isOlder = place?.count == 3 && place?.first.map(String.init) == session
    let name =
      event.text("subagent_id") ?? (isOlder ? place.map { String($0[1]) } : nil)
      ?? event.text("subagent_name")
    guard let name, !name.isEmpty else { return nil }
    guard helpers[name] == nil else { return name }
    var made = Self.helper(name, of: session)
    made.start(ts: ts, into: &sink) { json in
      json.member("agent", "qwen-code")
      json.member("project", ifPresent: record.text("cwd"))
      json.member("version", ifPresent: record.text("version"))
      json.member("title", ifPresent: event.text("subagent_type") ?? event.text("subagent_name"))
    }
    helpers[name] = made
    return name
  }
}

/// A model request, on its way to being billed.
struct QwenRequest {
  var counts: TokenCounts
  var id: String
  var model: String?
  var window: Int64?
  var isCopied: Bool
  var isCorrection: Bool
  var reported: JSONObject
}

extension Transcript {
  /// Bills a request of a session.
  mutating func bill(_ request: QwenRequest, ts: Timestamp?, into sink: inout ImportedEvents) {
    bill(
      request.counts,
      model: request.model,
      isCopied: request.isCopied,
      id: request.id,
      ts: ts,
      into: &sink
    ) { json in
      json.member("context_window", ifPresent: request.window)
      if request.isCorrection { json.member("correction", true) }
      json.raw("reported", request.reported.raw)
    }
  }

  /// Bills a request of a sub-agent, of which two chats tell: they have but its counts in common.
  mutating func bill(
    shared request: QwenRequest,
    ts: Timestamp?,
    into sink: inout ImportedEvents
  ) {
    let key = request.counts.key
    bill(
      request.counts,
      model: request.model,
      request: session.map { "qwen/" + $0 + "/" + key },
      isCopied: request.isCopied,
      id: "usage/" + key,
      ts: ts,
      into: &sink
    ) { $0.raw("reported", request.reported.raw) }
  }
}
