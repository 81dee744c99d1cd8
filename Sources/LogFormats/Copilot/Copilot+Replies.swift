internal import Events

extension CopilotSession {
  // MARK: Prompts

  /// A person's prompt, a helper's, or what the program says in a person's place.
  mutating func readPrompt(
    _ line: JSONObject,
    _ data: JSONObject,
    _ agent: String?,
    into sink: inout ImportedEvents
  ) {
    let content = data["content"]
    let payload = Payload.object { json in
      if let content { json.raw("text", content.raw) }
    }
    let source = data.text("source") ?? "user"
    let isPerson = source == "user" && !data.isTrue("isAutopilotContinuation")
    if isPerson, data["delivery"]?.equals("steering") == true {
      self[agent].conversation.steer(payload, text: content?.string, into: &sink)
      self[agent].hasReplied = false
    } else if isPerson || source.hasPrefix("agent-") {
      let producer: Producer = agent == nil && isPerson ? .user : .agent
      self[agent].conversation.prompt(
        payload,
        text: content?.string,
        producer: producer,
        into: &sink
      )
      self[agent].hasReplied = false
    } else {
      // It goes on by itself, or a skill's text is handed to the model.
      if self[agent].conversation.turn == nil { self[agent].conversation.begin(into: &sink) }
      self[agent].conversation.keep("user.message", line.raw, into: &sink)
    }
  }

  // MARK: Replies

  mutating func readReply(
    _ data: JSONObject,
    _ agent: String?,
    into sink: inout ImportedEvents
  ) {
    use(model: data.text("model"), agent, into: &sink)
    if let thought = data.text("reasoningText") {
      self[agent].conversation.say(.thought, thought, "reasoning", into: &sink)
    }
    if let text = data.text("content") {
      self[agent].conversation.say(.text, text, "content", into: &sink)
    }
    var asksForTools = false
    data["toolRequests"]?.forEachElement { element in
      guard let request = JSONObject(element) else { return }
      asksForTools = true
      let part = request.text("toolCallId") ?? "call"
      announce(request, name: request.text("name"), part, agent, into: &sink)
    }
    if self[agent].conversation.turn == nil { self[agent].conversation.step(.words, sink) }
    bill(data, agent, into: &sink)
    self[agent].hasReplied = true
    self[agent].asksForTools = asksForTools
    let parts = data.count("chunkCount") ?? 1
    let isWhole = (data.count("chunkIndex") ?? 0) + 1 >= parts
    if !self[agent].isInRequest, isWhole, !asksForTools { endTurn(agent, into: &sink) }
  }

  /// Bills a reply with what it tells of itself; the rest is unknown until the shutdown.
  private mutating func bill(
    _ data: JSONObject,
    _ agent: String?,
    into sink: inout ImportedEvents
  ) {
    let id = sink.line.id
    let conversation = self[agent].conversation
    let key = "copilot/\(name)/\(data.text("messageId") ?? id)"
    let output = data.count("outputTokens") ?? 0
    let model = data.text("model") ?? conversation.facts.model
    var request = ModelRequest(key: key, id: id)
    request.model = model
    request.counts = TokenCounts(output: output)
    request.isUnknown = true
    self[agent].conversation.bill(request, into: &sink)
    meter.reply(
      CopilotMeter.Reply(
        key: key,
        id: id,
        agent: agent,
        model: model,
        output: output,
        ts: sink.line.ts
      )
    )
  }

  /// Notes that a request begins or ends; a request whose reply asks for no tool ends its turn.
  mutating func noteRequest(isOpen: Bool, _ agent: String?, into sink: inout ImportedEvents) {
    self[agent].isInRequest = isOpen
    if isOpen {
      self[agent].hasReplied = false
      self[agent].asksForTools = false
    } else if self[agent].hasReplied, !self[agent].asksForTools {
      endTurn(agent, into: &sink)
    }
  }

  private mutating func endTurn(_ agent: String?, into sink: inout ImportedEvents) {
    self[agent].conversation.done(nil)
    self[agent].conversation.endTurn(into: &sink)
    self[agent].hasReplied = false
    self[agent].calls = [:]
  }

  // MARK: Tools

  /// A call, told where it is told first.
  mutating func announce(
    _ call: JSONObject,
    name: String?,
    _ part: String?,
    _ agent: String?,
    into sink: inout ImportedEvents
  ) {
    let id = call.text("toolCallId")
    if let id, self[agent].conversation.openCalls.contains(id) { return }
    if let id { self[agent].calls[id] = sink.line.ts }
    self[agent].conversation.call(
      id,
      name: name,
      input: call["arguments"],
      asksPerson: QuestionTools.contains(name),
      part,
      into: &sink
    )
  }

  mutating func readResult(
    _ data: JSONObject,
    _ agent: String?,
    into sink: inout ImportedEvents
  ) {
    if self[agent].conversation.facts.model == nil {
      use(model: data.text("model"), agent, into: &sink)
    }
    let call = data.text("toolCallId")
    let (waited, isRefusedByRule) = permissions.forget(call)
    var kind = Self.kind(data)
    if isRefusedByRule, case .denied = kind { kind = .failure }
    let began = self[agent].calls.removeValue(forKey: call ?? "")
    var own: Int64?
    if let waited, let began, let end = sink.line.ts {
      own = max(0, end.microseconds - began.microseconds - waited) / 1000
    }
    self[agent].conversation.result(
      of: call,
      kind,
      content: data["result"] ?? data["error"],
      durationMs: own,
      into: &sink
    )
  }

  private static func kind(_ data: JSONObject) -> Conversation.ResultKind {
    guard data["success"]?.bool == false else {
      return exitCode(data).map { $0 == 0 ? .success : .failure } ?? .success
    }
    let error = data.object("error")
    let code = error?.text("code") ?? ""
    let words = (error?.text("message") ?? "").lowercased()
    if code == "rejected" || code == "denied" { return .denied }
    if words.contains("rejected by the user") || words.contains("user rejected") { return .denied }
    return code == "aborted" || code == "cancelled" ? .cancelled : .failure
  }

  /// How a command ended: `success` only says that it could be run.
  private static func exitCode(_ data: JSONObject) -> Int64? {
    if let code = data.object("toolTelemetry")?.object("metrics")?["exit_code"]?.int { return code }
    guard let words = data.object("result")?.text("content"),
      let mark = words.ranges(of: "completed with exit code ").last
    else { return nil }
    return Int64(words[mark.upperBound...].prefix { $0.isNumber || $0 == "-" })
  }

  // MARK: Compaction

  mutating func compact(
    _ line: JSONObject,
    _ data: JSONObject,
    _ agent: String?,
    into sink: inout ImportedEvents
  ) {
    if data["success"]?.bool == false {
      self[agent].conversation.keep("session.compaction_complete", line.raw, into: &sink)
    } else {
      self[agent].conversation.compact(into: &sink) { $0.raw("compact", line.raw) }
    }
    guard let used = data.object("compactionTokensUsed") else { return }
    let counts = TokenCounts(copilotCompaction: used)
    guard !counts.isZero else { return }
    var request = ModelRequest(key: nil, id: sink.line.id)
    request.model = used.text("model") ?? self[agent].conversation.facts.model
    request.counts = counts
    request.isFinal = true
    request.reported = String(decoding: used.raw, as: UTF8.self)
    self[agent].conversation.bill(request, into: &sink)
    meter.compaction(counts, of: request.model)
  }
}
