internal import Events

extension QwenSession {
  mutating func read(_ record: JSONObject, type: String, into sink: inout ImportedEvents) {
    switch type {
    case "user": readPrompt(record, into: &sink)
    case "assistant": readMessage(record, into: &sink)
    case "tool_result": readResults(record, into: &sink)
    case "system": readSystem(record, record.text("subtype"), into: &sink)
    default: conversation.keep(type, record.raw, into: &sink)
    }
  }

  /// What a person, the caller of a sub-agent or the program itself says to the model.
  private mutating func readPrompt(_ record: JSONObject, into sink: inout ImportedEvents) {
    let parts = record["message"]?["parts"]
    let payload = Payload.object { json in
      if let parts { json.raw("content", parts.raw) }
    }
    var words: String?
    parts?.forEachElement { words = words ?? $0["text"]?.text }
    let isNews = record["externalInputKind"]?.equals("notification") == true
    switch record.text("subtype") {
    case "mid_turn_user_message":
      conversation.steer(payload, text: words, into: &sink)
    case nil where record["externalInputKind"] != nil && !isNews:
      conversation.steer(payload, text: words, into: &sink)
    case nil where !isNews, "realtime_message":
      let producer: Producer = agent == nil ? .user : .agent
      conversation.prompt(payload, text: words, producer: producer, into: &sink)
    case let subtype:
      // The program's own words: news of a task, a timer, a goal. They set the model to work, unless
      // it is at work.
      if !conversation.isAtWork { conversation.begin(into: &sink) }
      conversation.keep(subtype ?? "notification", record.raw, into: &sink)
    }
  }

  private mutating func readMessage(_ record: JSONObject, into sink: inout ImportedEvents) {
    let model = record.text("model")
    if let model { conversation.tell(RunFacts(model: model), into: &sink) }
    var place = 0
    record["message"]?["parts"]?.forEachElement { part in
      let name = "\(place)"
      place += 1
      if let call = part["functionCall"] {
        let tool = call["name"]?.text
        conversation.call(
          call["id"]?.text ?? sink.line.id + "/" + name,
          name: tool,
          input: call["args"],
          asksPerson: QuestionTools.contains(tool),
          name,
          into: &sink
        )
      } else if let text = part["text"]?.text {
        let kind: KnownKind = part["thought"]?.bool == true ? .thought : .text
        conversation.say(kind, text, name, into: &sink)
      }
    }
    if let usage = record.object("usageMetadata") { count(usage, record, into: &sink) }
  }

  private mutating func count(
    _ usage: JSONObject,
    _ record: JSONObject,
    into sink: inout ImportedEvents
  ) {
    let counts = TokenCounts(qwen: usage)
    let message = record.text("uuid") ?? sink.line.id
    let key = agent == nil ? message : counts.key
    guard !counts.isZero,
      let billed = requests.takeMessage(counts, of: message, key: key)
    else { return }
    var request = request(counts, key: billed.key, usage)
    request.model = record.text("model") ?? conversation.facts.model
    request.contextWindow = record.count("contextWindowSize")
    request.revision = billed.revision
    // The session's chat has the model too, whichever is read first.
    request.isFinal = request.model != nil
    conversation.bill(request, into: &sink)
  }

  /// A request of the session, by the key that its tellers have in common.
  func request(_ counts: TokenCounts, key: String, _ reported: JSONObject) -> ModelRequest {
    var request = ModelRequest(key: "qwen/\(name)/\(key)", id: key)
    request.counts = counts
    request.isFinal = true
    request.reported = String(decoding: reported.raw, as: UTF8.self)
    return request
  }

  /// A record has the result of one call; some have more parts, or several calls.
  private mutating func readResults(_ record: JSONObject, into sink: inout ImportedEvents) {
    let result = record.object("toolCallResult")
    let told = result?.text("callId")
    var answered = 0
    record["message"]?["parts"]?.forEachElement { part in
      guard let response = part["functionResponse"] else { return }
      let call = response["id"]?.text ?? told
      let kind = Self.kind(call == told ? result : nil, response["response"])
      let name = answered == 0 ? nil : "\(answered)"
      answered += 1
      conversation.result(
        of: call,
        kind,
        name: response["name"]?.text,
        content: response["response"],
        name,
        into: &sink
      )
      // The model is not asked on after a person has stopped what it wanted.
      if case .cancelled = kind { conversation.turn?.step = .denied }
    }
    guard answered == 0 else { return }
    let content = record["message"]?["parts"]
    conversation.result(of: told, Self.kind(result, nil), content: content, into: &sink)
  }

  private static func kind(
    _ result: JSONObject?,
    _ response: JSONValue?
  ) -> Conversation.ResultKind {
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
