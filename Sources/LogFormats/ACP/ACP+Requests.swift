internal import Events

extension ACPImporter {
  /// The id of a request as a key, a number or a text.
  private static func key(_ message: JSONObject) -> String? {
    message["id"].map { String(decoding: $0.raw, as: UTF8.self) }
  }

  mutating func readRequest(
    _ method: String,
    _ message: JSONObject,
    id: String,
    ts: Timestamp?,
    _ sink: inout ImportedEvents
  ) {
    let params = message.object("params")
    let name = params?.text("sessionId")
    switch method {
    case "session/update":
      if let params { readUpdate(params, id: id, ts: ts, &sink) }
    case "session/prompt":
      if let key = Self.key(message), let name { prompts[key] = name }
      withSession(name, ts: ts, &sink) { session, sink in
        session.flushWords(into: &sink)
        let payload = Payload.object { json in
          if let prompt = params?["prompt"] { json.raw("content", prompt.raw) }
        }
        session.transcript.prompt(payload, id: id, ts: ts, into: &sink)
      }
    case "session/request_permission":
      ask(params, Self.key(message), name, id: id, ts: ts, &sink)
    case "session/new", "session/load", "session/resume":
      project = params?.text("cwd") ?? project
      if let key = Self.key(message), let name { loading[key] = name }
    case "session/set_model":
      withSession(name, ts: ts, &sink) { session, sink in
        session.transcript.use(model: params?.text("modelId"), id: id, ts: ts, into: &sink)
      }
    case "initialize":
      break
    default:
      let type = method.hasPrefix("session/") ? String(method.dropFirst(8)) : method
      withSession(name, ts: ts, &sink) { session, sink in
        session.transcript.keep(type, message.raw, id: id, ts: ts, into: &sink)
      }
    }
  }

  private mutating func ask(
    _ params: JSONObject?,
    _ key: String?,
    _ name: String?,
    id: String,
    ts: Timestamp?,
    _ sink: inout ImportedEvents
  ) {
    guard let tool = params?.object("toolCall"), let call = tool.text("toolCallId") else { return }
    var refusals: Set<String> = []
    params?["options"]?.forEachElement { option in
      if option["kind"]?.string?.hasPrefix("reject") == true, let id = option["optionId"]?.text {
        refusals.insert(id)
      }
    }
    if let key { questions[key] = ACPQuestion(session: name ?? "", call: call, refusals: refusals) }
    withSession(name, ts: ts, &sink) { session, sink in
      session.flushWords(into: &sink)
      let event = Event.permissionRequest(id: call, name: tool.text("kind") ?? tool.text("title"))
      session.transcript.emit(event, id: id, ts: ts, into: &sink)
    }
  }

  // MARK: Answers

  mutating func readAnswer(
    _ message: JSONObject,
    id: String,
    ts: Timestamp?,
    _ sink: inout ImportedEvents
  ) {
    let result = message.object("result")
    let key = Self.key(message) ?? ""
    if let outcome = result?.object("outcome") {
      answer(outcome, key, id: id, ts: ts, &sink)
    } else if let reason = result?.text("stopReason"), let result {
      let name = prompts.removeValue(forKey: key)
      withSession(name, ts: ts, &sink) { session, sink in
        session.finish(result, reason, id: id, ts: ts, into: &sink)
      }
    } else if let error = message.object("error"), let name = prompts.removeValue(forKey: key) {
      withSession(name, ts: ts, &sink) { session, sink in
        session.flushWords(into: &sink)
        let type = error["code"]?.int.map { "rpc_\($0)" } ?? "rpc_error"
        let text = error.text("message")
        session.transcript.fail(type: type, message: text, id: id, ts: ts, into: &sink)
        session.transcript.close("error", at: ts, into: &sink)
      }
    } else if let facts = result?.object("agentInfo") ?? result?.object("serverInfo") {
      agent = facts.text("name") ?? agent
    } else {
      let loaded = loading.removeValue(forKey: key)
      guard let name = result?.text("sessionId") ?? loaded else { return }
      withSession(name, ts: ts, &sink) { session, sink in
        let model = result?.object("models")?.text("currentModelId")
        session.transcript.use(model: model, id: id, ts: ts, into: &sink)
      }
    }
  }

  /// What a person has said to a question.
  private mutating func answer(
    _ outcome: JSONObject,
    _ key: String,
    id: String,
    ts: Timestamp?,
    _ sink: inout ImportedEvents
  ) {
    guard let question = questions.removeValue(forKey: key) else { return }
    let option = outcome.text("optionId")
    let isAnswered = outcome["outcome"]?.equals("selected") == true
    let isRefused = option.map { question.refusals.contains($0) } ?? false
    withSession(question.session, ts: ts, &sink) { session, sink in
      let event = Event.make(.permissionDecision) { json in
        json.member("id", question.call)
        json.member("decision", !isAnswered ? "cancelled" : isRefused ? "deny" : "allow")
        json.member("option", ifPresent: option)
      }
      session.transcript.emit(event.with(producer: .user), id: id, ts: ts, into: &sink)
    }
  }
}

extension ACPSession {
  /// The answer to a prompt ends its turn.
  mutating func finish(
    _ result: JSONObject,
    _ reason: String,
    id: String,
    ts: Timestamp?,
    into sink: inout ImportedEvents
  ) {
    flushWords(into: &sink)
    if let usage = result.object("usage") {
      let now = TokenCounts(acp: usage)
      let grown = now.growth(since: counted)
      counted = now
      if !grown.isZero {
        let model = transcript.model
        let window = contextWindow
        transcript.bill(grown, model: model, id: id + "/usage", ts: ts, into: &sink) { json in
          json.member("context_window", ifPresent: window)
          json.raw("reported", usage.raw)
        }
      }
    }
    if transcript.turn == nil { transcript.turn = TranscriptTurn(id: nil, anchor: id) }
    let cost = takeCost()
    transcript.close(
      reason == "cancelled" ? "cancelled" : "success",
      stopReason: reason,
      at: ts,
      into: &sink
    ) { json in
      if let cost { json.money("cost_usd", cost) }
    }
  }
}

extension TokenCounts {
  /// Reads a usage, whose classes don't overlap where they add up to its total.
  fileprivate init(acp usage: JSONObject) {
    let thoughts = usage.count("thoughtTokens") ?? 0
    self.init(
      input: usage.count("inputTokens") ?? 0,
      output: usage.count("outputTokens") ?? 0,
      cacheRead: usage.count("cachedReadTokens") ?? 0,
      cacheWrite: usage.count("cachedWriteTokens") ?? 0,
      reasoning: thoughts
    )
    let total = usage.count("totalTokens") ?? 0
    if total == input + output, cacheRead + cacheWrite + thoughts > 0 {
      input = max(0, input - cacheRead - cacheWrite)
    } else {
      output += thoughts
    }
  }
}
