internal import Events

extension Conversation {
  /// Reads a message of a Gemini chat that is not the model's.
  mutating func read(gemini message: JSONObject, type: String, into sink: inout ImportedEvents) {
    switch type {
    case "user":
      readPrompt(message, into: &sink)
    case "error":
      let words = GeminiPrompt.text(of: message["content"])
      fail(type: "gemini_error", message: words, into: &sink)
      close("error", at: sink.line.ts, into: &sink)
    case "info"
    where GeminiPrompt.text(of: message["content"]).hasPrefix("Request cancelled"):
      keep(type, message.raw, into: &sink)
      close("cancelled", at: sink.line.ts, into: &sink)
    default:
      keep(type, message.raw, into: &sink)
    }
  }

  private mutating func readPrompt(_ message: JSONObject, into sink: inout ImportedEvents) {
    let prompt = GeminiPrompt(message)
    switch prompt.kind {
    case .summary:
      compact(into: &sink) { $0.raw("compact", message.raw) }
    case .other:
      keep("user", message.raw, into: &sink)
    case .prompt:
      let payload = Payload.object { json in
        guard let content = message["content"] else { return }
        json.raw(content.stringBody == nil ? "content" : "text", content.raw)
      }
      self.prompt(payload, text: prompt.words, into: &sink)
    }
  }

  /// Reads what is new of a reply of the model.
  mutating func readReply(
    _ message: JSONObject,
    _ told: inout GeminiProgress,
    into sink: inout ImportedEvents
  ) {
    let time = sink.line.ts
    if let model = message.text("model") { tell(RunFacts(model: model), into: &sink) }
    var i = 0
    message["thoughts"]?.forEachElement { thought in
      defer { i += 1 }
      guard i >= told.thoughts else { return }
      let words = [thought["subject"]?.text, thought["description"]?.text]
      sink.line.ts = thought["timestamp"]?.text.flatMap { Timestamp($0) } ?? time
      say(.thought, words.compactMap { $0 }.joined(separator: ": "), "thought/\(i)", into: &sink)
      told.thoughts = i + 1
    }
    sink.line.ts = time
    let words = GeminiPrompt.text(of: message["content"] ?? message["parts"])
    if !words.isEmpty, !told.hasText {
      say(.text, words, "text", into: &sink)
      told.hasText = true
    }
    readCalls(message, &told, into: &sink)
    sink.line.ts = time
  }

  /// Calls stand with their message, each with the time at which it came back.
  private mutating func readCalls(
    _ message: JSONObject,
    _ told: inout GeminiProgress,
    into sink: inout ImportedEvents
  ) {
    var results: [(ts: Timestamp?, place: Int, id: String, call: JSONObject)] = []
    var place = 0
    message["toolCalls"]?.forEachElement { element in
      defer { place += 1 }
      guard let call = JSONObject(element) else { return }
      let id = call.text("id") ?? sink.line.id + "/call/\(place)"
      if place >= told.calls {
        told.calls = place + 1
        let name = call.text("name")
        self.call(
          id,
          name: name,
          input: call["args"],
          asksPerson: QuestionTools.contains(name),
          "call/\(place)",
          into: &sink
        )
      }
      guard !told.results.contains(place) else { return }
      results.append((call.time("timestamp") ?? sink.line.ts, place, id, call))
    }
    let early = Timestamp(microseconds: 0)
    results.sort { ($0.ts ?? early, $0.place) < ($1.ts ?? early, $1.place) }
    for (ts, place, id, call) in results {
      guard let kind = Self.kind(ofCall: call) else { continue }
      told.results.insert(place)
      sink.line.ts = ts
      let content = call["result"] ?? call["resultDisplay"]
      result(of: id, kind, content: content, "call/\(place)/result", into: &sink)
      // The model is not asked on after a person has stopped what it wanted.
      if case .cancelled = kind { turn?.step = .denied }
    }
  }

  /// How a call came back; `nil` while it has not.
  private static func kind(ofCall call: JSONObject) -> ResultKind? {
    switch call.text("status") {
    case "success": .success
    case "error": .failure
    case "cancelled": isRefused(call) ? .denied : .cancelled
    default: nil
    }
  }

  /// Whether a person did not let a call go ahead; else it was broken off.
  private static func isRefused(_ call: JSONObject) -> Bool {
    var isRefused = false
    call["result"]?.forEachElement { part in
      let error = part["functionResponse"]?["response"]?["error"]?.string ?? ""
      if error.contains("User did not allow tool call") || error.contains("denied by the user") {
        isRefused = true
      }
    }
    return isRefused
  }

  /// Bills the tokens of a message once they are counted, and corrects them where a later copy of it
  /// has other ones.
  ///
  /// Cached input is a part of `input` here, thoughts are beside `output`, and what tools were
  /// prompted with is beside `input`. A message without any tokens is a round of tools, which asked
  /// no model.
  mutating func count(
    _ message: JSONObject,
    _ told: inout GeminiProgress,
    into sink: inout ImportedEvents
  ) {
    guard let tokens = message.object("tokens") else { return }
    let cached = tokens.count("cached") ?? 0
    let thoughts = tokens.count("thoughts") ?? 0
    let counts = TokenCounts(
      input: max(0, (tokens.count("input") ?? 0) - cached) + (tokens.count("tool") ?? 0),
      output: (tokens.count("output") ?? 0) + thoughts,
      cacheRead: cached,
      reasoning: thoughts
    )
    guard !counts.isZero, told.counts != counts else { return }
    told.counts = counts
    told.revision += 1
    var request = ModelRequest(key: "gemini/\(run)/\(sink.line.id)", id: sink.line.id)
    request.model = message.text("model")
    request.counts = counts
    request.isFinal = true
    request.revision = told.revision
    request.reported = String(decoding: tokens.raw, as: UTF8.self)
    bill(request, into: &sink)
  }
}
