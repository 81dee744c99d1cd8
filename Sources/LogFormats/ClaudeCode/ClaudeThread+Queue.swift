internal import Events

// What a person typed while the agent was at work.
//
// - `enqueue` says that it waits; `dequeue` that it becomes a prompt, whose line follows; `popAll` that
//   it went back into the editor; `remove` that it was given to the model within its turn.
// - Newer versions write what was given as an attachment, just before `remove`; older ones do not.
extension ClaudeThread {
  mutating func readQueue(_ line: ClaudeLine, into sink: inout ImportedEvents) {
    keep(line, into: &sink)
    switch line.object.text("operation") {
    case "enqueue":
      queue.append(line.object.text("content") ?? "")
      if queue.count > Self.queueMax { queue.removeFirst() }
    case "dequeue":
      if !queue.isEmpty { queue.removeFirst() }
    case "popAll":
      queue = []
    case "remove" where !queue.isEmpty:
      give(queue.removeFirst(), into: &sink)
    default:
      break
    }
  }

  private static let queueMax = 64

  /// A message that was queued is given to the model.
  private mutating func give(_ text: String, into sink: inout ImportedEvents) {
    guard talk.turn != nil, !text.isEmpty else { return }
    guard ClaudePrompt.kind(of: [text]) == .prompt else { return settle(text, into: &sink) }
    steer(Payload.object { $0.member("text", text) }, text, into: &sink)
  }

  /// An attachment gives what was queued to the model.
  mutating func readQueued(
    _ line: ClaudeLine,
    _ attachment: JSONObject,
    into sink: inout ImportedEvents
  ) {
    let text = attachment["prompt"]?.string ?? ""
    if let place = queue.firstIndex(of: text) { queue.remove(at: place) }
    let mode = attachment.text("commandMode") ?? "prompt"
    let isNews = mode != "prompt" || ClaudePrompt.isDelivery(text)
    guard !isNews, let prompt = attachment["prompt"] else {
      settle(text, into: &sink)
      return keepInTurn(line, into: &sink)
    }
    let payload = Payload.object { json in
      json.raw(prompt.string == nil ? "content" : "text", prompt.raw)
    }
    steer(payload, text, into: &sink)
  }

  /// A prompt within the turn; where the turn may be over by now, it begins another one.
  private mutating func steer(
    _ payload: Payload,
    _ text: String,
    into sink: inout ImportedEvents
  ) {
    let words = role == .copy ? nil : String(ClaudePrompt.words(of: text))
    if let turn = talk.turn, durations.areExpected || !turn.isDone {
      talk.steer(payload, text: words, into: &sink)
    } else {
      beforeTurn(into: &sink)
      talk.prompt(payload, text: words, into: &sink)
    }
  }
}
