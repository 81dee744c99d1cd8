internal import Events

extension ACPImporter {
  /// The id of a request as a key, a number or a text.
  private static func key(_ message: JSONObject) -> String? {
    message["id"].map { String(decoding: $0.raw, as: UTF8.self) }
  }

  mutating func readRequest(
    _ method: String,
    _ message: JSONObject,
    _ sink: inout ImportedEvents
  ) {
    let params = message.object("params")
    let name = params?.text("sessionId")
    switch method {
    case "session/update":
      if let params { readUpdate(params, &sink) }
    case "session/prompt":
      if let key = Self.key(message), let name { memory.prompts[key] = name }
      withSession(name, &sink) { session, sink in
        session.flushWords(into: &sink)
        let payload = Payload.object { json in
          if let prompt = params?["prompt"] { json.raw("content", prompt.raw) }
        }
        let words = Self.words(of: params?["prompt"])
        session.conversation.prompt(payload, text: words, into: &sink)
      }
    case "session/request_permission":
      ask(params, key: Self.key(message), session: name, into: &sink)
    case "session/new", "session/load", "session/resume":
      memory.project = params?.text("cwd") ?? memory.project
      if method != "session/new", let key = Self.key(message), let name {
        memory.loading[key] = name
      }
    case "session/fork":
      memory.project = params?.text("cwd") ?? memory.project
      if let key = Self.key(message), let name { memory.forking[key] = name }
    case "session/set_model":
      withSession(name, &sink) { session, sink in
        session.conversation.tell(RunFacts(model: params?.text("modelId")), into: &sink)
      }
    case "initialize":
      break
    case _ where name == nil && memory.order.isEmpty:
      // Nothing that belongs to a session.
      break
    default:
      let type = method.hasPrefix("session/") ? String(method.dropFirst(8)) : method
      withSession(name, &sink) { session, sink in
        session.conversation.keep(type, message.raw, into: &sink)
      }
    }
  }

  /// The text parts of a prompt.
  private static func words(of prompt: JSONValue?) -> String? {
    var texts: [String] = []
    prompt?.forEachElement { part in
      if let text = part["text"]?.text { texts.append(text) }
    }
    return texts.isEmpty ? nil : texts.joined(separator: "\n")
  }

  private mutating func ask(
    _ params: JSONObject?,
    key: String?,
    session name: String?,
    into sink: inout ImportedEvents
  ) {
    guard let tool = params?.object("toolCall"), let call = tool.text("toolCallId") else { return }
    var refusals: Set<String> = []
    params?["options"]?.forEachElement { option in
      if option["kind"]?.string?.hasPrefix("reject") == true, let id = option["optionId"]?.text {
        refusals.insert(id)
      }
    }
    if let key {
      memory.questions[key] = ACPQuestion(session: name, call: call, refusals: refusals)
    }
    withSession(name, &sink) { session, sink in
      session.flushWords(into: &sink)
      let tool = tool.text("kind") ?? tool.text("title")
      session.conversation.ask(about: call, name: tool, nil, into: &sink)
    }
  }

  // MARK: Answers

  mutating func readAnswer(_ message: JSONObject, _ sink: inout ImportedEvents) {
    let result = message.object("result")
    let key = Self.key(message) ?? ""
    if let outcome = result?.object("outcome") {
      answer(outcome, key, &sink)
    } else if let reason = result?.text("stopReason"), let result {
      let name = memory.prompts.removeValue(forKey: key)
      withSession(name, &sink) { session, sink in session.finish(result, reason, into: &sink) }
    } else if let error = message.object("error") {
      memory.loading[key] = nil
      memory.forking[key] = nil
      guard let name = memory.prompts.removeValue(forKey: key) else { return }
      withSession(name, &sink) { session, sink in
        session.flushWords(into: &sink)
        let type = error["code"]?.int.map { "rpc_\($0)" } ?? "rpc_error"
        session.conversation.fail(type: type, message: error.text("message"), nil, into: &sink)
        session.conversation.close("error", at: sink.line.ts, into: &sink)
      }
    } else if let facts = result?.object("agentInfo") ?? result?.object("serverInfo") {
      memory.agent = facts.text("name") ?? memory.agent
      memory.version = facts.text("version") ?? memory.version
    } else {
      begin(result, key, &sink)
    }
  }

  /// A session was made, loaded or forked.
  private mutating func begin(
    _ result: JSONObject?,
    _ key: String,
    _ sink: inout ImportedEvents
  ) {
    let loaded = memory.loading.removeValue(forKey: key)
    let origin = memory.forking.removeValue(forKey: key)
    guard let name = result?.text("sessionId") ?? loaded else { return }
    withSession(name, &sink) { session, sink in
      var facts = RunFacts(model: result?.object("models")?.text("currentModelId"))
      facts.forkedFrom = origin.map { Conversation.run("acp", $0) }
      session.conversation.tell(facts, into: &sink)
    }
  }

  /// What a person has said to a question.
  private mutating func answer(
    _ outcome: JSONObject,
    _ key: String,
    _ sink: inout ImportedEvents
  ) {
    guard let question = memory.questions.removeValue(forKey: key) else { return }
    let option = outcome.text("optionId")
    let isAnswered = outcome["outcome"]?.equals("selected") == true
    let isRefused = option.map { question.refusals.contains($0) } ?? false
    withSession(question.session, &sink) { session, sink in
      let event = Event.make(.permissionDecision) { json in
        json.member("id", question.call)
        json.member("decision", !isAnswered ? "cancelled" : isRefused ? "deny" : "allow")
        json.member("option", ifPresent: option)
      }
      session.conversation.emit(event.with(producer: .user), into: &sink)
      if isRefused, session.conversation.turn != nil { session.refused.insert(question.call) }
    }
  }
}
