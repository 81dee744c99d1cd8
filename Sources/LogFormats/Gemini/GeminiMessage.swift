internal import Events

extension Transcript {
  /// Reads a message of a Gemini chat, or what is new of it.
  mutating func read(
    _ message: JSONObject,
    type: String,
    id: String,
    _ told: inout GeminiProgress,
    into sink: inout ImportedEvents
  ) {
    let isNew = told.hash.isEmpty
    let ts = message.time("timestamp")
    switch type {
    case "user":
      // An older prompt that was changed is not asked again.
      guard isNew else { return }
      readPrompt(message, id: id, ts: ts, into: &sink)
    case "gemini", "model":
      readReply(message, id: id, ts: ts, &told, into: &sink)
      count(message, id: id, ts: ts, &told, into: &sink)
    case "error" where isNew:
      let words = text(of: message["content"])
      fail(type: "gemini_error", message: words, id: id, ts: ts, into: &sink)
      close("error", at: ts, into: &sink)
    case "info" where isNew && text(of: message["content"]).hasPrefix("Request cancelled"):
      keep(type, message.raw, id: id, ts: ts, into: &sink)
      close("cancelled", at: ts, into: &sink)
    default:
      if isNew { keep(type, message.raw, id: id, ts: ts, into: &sink) }
    }
  }

  private mutating func readPrompt(
    _ message: JSONObject,
    id: String,
    ts: Timestamp?,
    into sink: inout ImportedEvents
  ) {
    guard let content = message["content"] else {
      return keep("user", message.raw, id: id, ts: ts, into: &sink)
    }
    // Orders to the program itself, and what it feeds back to the model.
    let words = text(of: content)
    var isResult = false
    content.forEachElement { if $0["functionResponse"] != nil { isResult = true } }
    let isCommand = words.hasPrefix("/") && !words.dropFirst().prefix { $0 != " " }.contains("/")
    if isResult || isCommand {
      return keep("user", message.raw, id: id, ts: ts, into: &sink)
    }
    let payload = Payload.object { json in
      json.raw(content.stringBody == nil ? "content" : "text", content.raw)
    }
    prompt(payload, id: id, ts: ts, into: &sink)
  }

  private mutating func readReply(
    _ message: JSONObject,
    id: String,
    ts: Timestamp?,
    _ told: inout GeminiProgress,
    into sink: inout ImportedEvents
  ) {
    use(model: message.text("model"), id: id, ts: ts, into: &sink)
    var i = 0
    message["thoughts"]?.forEachElement { thought in
      defer { i += 1 }
      guard i >= told.thoughts else { return }
      let words = [thought["subject"]?.text, thought["description"]?.text]
      let text = words.compactMap { $0 }.joined(separator: ": ")
      let time = thought["timestamp"]?.text.flatMap { Timestamp($0) }
      say(.thought, text, id: id + "/thought/\(i)", ts: time ?? ts, into: &sink)
      told.thoughts = i + 1
    }
    let words = text(of: message["content"] ?? message["parts"])
    if !words.isEmpty, !told.hasText {
      say(.text, words, id: id + "/text", ts: ts, into: &sink)
      told.hasText = true
    }
    i = 0
    message["toolCalls"]?.forEachElement { element in
      if let call = JSONObject(element) { readCall(call, i, of: id, ts, &told, into: &sink) }
      i += 1
    }
  }

  /// A call stands with its message, and has the time at which it came back.
  private mutating func readCall(
    _ call: JSONObject,
    _ place: Int,
    of message: String,
    _ ts: Timestamp?,
    _ told: inout GeminiProgress,
    into sink: inout ImportedEvents
  ) {
    let id = message + "/call/\(place)"
    let callID = call.text("id") ?? id
    if place >= told.calls {
      told.calls = place + 1
      let name = call.text("name")
      self.call(callID, name: name, input: call["args"], id: id, ts: ts, into: &sink)
    }
    guard !told.results.contains(place) else { return }
    let kind: ResultKind
    switch call.text("status") {
    case "success": kind = .success
    case "error": kind = .failure
    case "cancelled": kind = Self.isRefused(call) ? .denied : .cancelled
    default: return
    }
    told.results.insert(place)
    result(
      of: callID,
      kind,
      content: call["result"] ?? call["resultDisplay"],
      id: id + "/result",
      ts: call.time("timestamp") ?? ts,
      into: &sink
    )
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

  /// Writes the tokens of a message once they are counted.
  ///
  /// Cached input is a part of `input` here, thoughts are beside `output`, and what tools were
  /// prompted with is beside `input`. Should a message that was counted turn out to have used
  /// more, the difference is a `usage` of its own: the tokens are right then, at the price of a
  /// request too many.
  private mutating func count(
    _ message: JSONObject,
    id: String,
    ts: Timestamp?,
    _ told: inout GeminiProgress,
    into sink: inout ImportedEvents
  ) {
    guard let tokens = message.object("tokens") else { return }
    let cached = tokens.count("cached") ?? 0
    let thoughts = tokens.count("thoughts") ?? 0
    let all = TokenCounts(
      input: max(0, (tokens.count("input") ?? 0) - cached) + (tokens.count("tool") ?? 0),
      output: (tokens.count("output") ?? 0) + thoughts,
      cacheRead: cached,
      reasoning: thoughts
    )
    let old = told.counts
    let new = all.excess(over: old ?? TokenCounts())
    guard old == nil || !new.isZero else { return }
    told.counts = all
    let eventID = old == nil ? "usage/" + id : "usage/" + id + "/\(all.input + all.output)"
    bill(new, model: message.text("model"), id: eventID, ts: ts, into: &sink) { json in
      json.member("correction", ifPresent: old == nil ? nil : true)
      json.raw("reported", tokens.raw)
    }
  }

  /// The words of a content, which is a text or a list of parts.
  private func text(of content: JSONValue?) -> String {
    guard let content else { return "" }
    if let text = content.string { return text }
    var words: [String] = []
    content.forEachElement { part in
      if let text = part.string ?? part["text"]?.string { words.append(text) }
    }
    return words.joined(separator: "\n")
  }
}
