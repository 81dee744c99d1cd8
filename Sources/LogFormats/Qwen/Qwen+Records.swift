internal import Events

extension QwenImporter {
  mutating func read(
    _ record: JSONObject,
    type: String,
    id: String,
    ts: Timestamp?,
    _ sink: inout ImportedEvents
  ) {
    switch type {
    case "user": readPrompt(record, id: id, ts: ts, &sink)
    case "assistant": readMessage(record, id: id, ts: ts, &sink)
    case "tool_result": readResults(record, id: id, ts: ts, &sink)
    case "system": readSystem(record, record.text("subtype"), id: id, ts: ts, &sink)
    default: transcript?.keep(type, record.raw, id: id, ts: ts, into: &sink)
    }
  }

  /// What a person, the caller of a sub-agent or the program itself says to the model.
  private mutating func readPrompt(
    _ record: JSONObject,
    id: String,
    ts: Timestamp?,
    _ sink: inout ImportedEvents
  ) {
    let payload = Payload.object { json in
      if let parts = record["message"]?["parts"] { json.raw("content", parts.raw) }
    }
    let isNews = record["externalInputKind"]?.equals("notification") == true
    switch record.text("subtype") {
    case "mid_turn_user_message":
      transcript?.steer(payload, id: id, ts: ts, into: &sink)
    case nil where record["externalInputKind"] != nil && !isNews:
      transcript?.steer(payload, id: id, ts: ts, into: &sink)
    case nil where !isNews, "realtime_message":
      let producer: Producer = agent == nil ? .user : .agent
      transcript?.prompt(payload, producer: producer, id: id, ts: ts, into: &sink)
    case let subtype:
      // The program's own words: news of a task, a timer, a goal. What was being said is said.
      if case .words = transcript?.turn?.step { transcript?.endTurn(into: &sink) }
      transcript?.keep(subtype ?? "notification", record.raw, id: id, ts: ts, into: &sink)
    }
  }

  private mutating func readMessage(
    _ record: JSONObject,
    id: String,
    ts: Timestamp?,
    _ sink: inout ImportedEvents
  ) {
    let model = record.text("model")
    transcript?.use(model: model, id: id, ts: ts, into: &sink)
    var place = 0
    record["message"]?["parts"]?.forEachElement { part in
      let partID = id + "/\(place)"
      place += 1
      if let call = part["functionCall"] {
        let name = call["name"]?.text
        let callID = call["id"]?.text ?? partID
        transcript?.call(
          callID,
          name: name,
          input: call["args"],
          id: partID,
          ts: ts,
          into: &sink
        )
      } else if let text = part["text"]?.text {
        let kind: KnownKind = part["thought"]?.bool == true ? .thought : .text
        transcript?.say(kind, text, id: partID, ts: ts, into: &sink)
      }
    }
    guard let usage = record.object("usageMetadata") else { return }
    let counts = TokenCounts(qwen: usage)
    let message = record.text("uuid") ?? id
    guard let more = requests.added(counts, to: message), !more.isZero else { return }
    let request = QwenRequest(
      counts: more,
      id: more == counts ? "usage/" + message : "usage/" + message + "/" + counts.key,
      model: model ?? transcript?.model,
      window: record.count("contextWindowSize"),
      isCopied: record["forkedFrom"] != nil,
      isCorrection: more != counts,
      reported: usage
    )
    if agent != nil {
      transcript?.bill(shared: request, ts: ts, into: &sink)
    } else if more != counts || requests.isNew(counts, by: .message) {
      transcript?.bill(request, ts: ts, into: &sink)
    }
  }

  /// A record has the result of one call; some have more parts, or several calls.
  private mutating func readResults(
    _ record: JSONObject,
    id: String,
    ts: Timestamp?,
    _ sink: inout ImportedEvents
  ) {
    let result = record.object("toolCallResult")
    let told = result?.text("callId")
    var answered = 0
    record["message"]?["parts"]?.forEachElement { part in
      guard let response = part["functionResponse"] else { return }
      let call = response["id"]?.text ?? told
      let kind = Self.kind(call == told ? result : nil, response["response"])
      let partID = answered == 0 ? id : id + "/\(answered)"
      answered += 1
      transcript?.result(
        of: call,
        kind,
        name: response["name"]?.text,
        content: response["response"],
        id: partID,
        ts: ts,
        into: &sink
      )
      // The model is not asked on after a person has stopped what it wanted.
      if case .cancelled = kind { transcript?.turn?.step = .denied }
    }
    guard answered == 0 else { return }
    let content = record["message"]?["parts"]
    transcript?.result(
      of: told,
      Self.kind(result, nil),
      content: content,
      id: id,
      ts: ts,
      into: &sink
    )
  }

  private static func kind(
    _ result: JSONObject?,
    _ response: JSONValue?
  ) -> Transcript.ResultKind {
    let error = response?["error"]
    let words = error?.string ?? result?["error"]?["message"]?.string ?? ""
    let isRefused = words.contains("User did not allow tool call")
    switch result?.text("status") {
    case "success": return .success
    case "cancelled": return isRefused ? .denied : .cancelled
    case "error": return isRefused ? .denied : .failure
    // A sub-agent's chat has no status, but what the model was answered.
    default:
      if isRefused { return .denied }
      if words.hasPrefix("[Operation Cancelled]") { return .cancelled }
      return error == nil ? .success : .failure
    }
  }
}
