package import Events

/// Reads the transcripts of Antigravity's conversations: one step a line.
///
/// The calls that a response of the planner asks for have no ids; the steps of tools that follow
/// are their results, in order. A call begins when its step does, and ends when the step says that it
/// was completed. A step of a tool that nothing asked for is a call of its own, under its type. A
/// response that asks for nothing ends its turn, when the next step of the system begins; if there is
/// none, nothing tells how long it took.
///
/// The conversation is the folder that the transcript is in (`brain/<id>/…`), else the run is named
/// by the file and a hash of its first line. A conversation that another one has invoked is its helper.
///
/// Dropped as decoration: `CONVERSATION_HISTORY`. Other steps of the system are kept as
/// `antigravity.<type>`, and so are steps that are not over yet.
package struct AntigravityImporter: RememberingImporter {
  package struct Memory: Codable, Sendable {
    var conversation: Conversation?
    /// The calls that were asked for, and whose steps did not come yet.
    var asked: [Asked] = []
    /// The calls whose steps are not over, by the index of the step.
    var running: [Int64: String] = [:]
  }

  /// A call that the planner asked for.
  struct Asked: Codable {
    var id: String
    var name: String?
    /// The arguments, as JSON.
    var input: String?
  }

  package static let memoryVersion = 2

  package let source: LogSource
  package var memory = Memory()

  package init(source: LogSource) {
    self.source = source
  }

  package var runs: [RunID] { memory.conversation.map { [$0.run] } ?? [] }

  package mutating func take(_ step: JSONObject, into sink: inout ImportedEvents) {
    guard let type = step.text("type"), let index = step.count("step_index") else {
      return sink.report("the step has no type or no index")
    }
    // A step may be written again with another status, under the same index.
    sink.line.id = "\(index)/" + StableHash.hex(step.raw)
    sink.line.ts = step.time("created_at")
    begin(step, &sink)
    // A step's time is that of its beginning: the last response was over when the system went on.
    if step["source"]?.equals("SYSTEM") == true, memory.conversation?.turn?.isDone == true {
      memory.conversation?.close("success", at: sink.line.ts, into: &sink)
    }
    switch type {
    case "CONVERSATION_HISTORY":
      return
    case "USER_INPUT":
      readPrompt(step, &sink)
    case "PLANNER_RESPONSE":
      readResponse(step, &sink)
    case "CHECKPOINT":
      memory.conversation?.compact(into: &sink) { $0.raw("compact", step.raw) }
    case "ERROR_MESSAGE":
      let words = step.text("content")
      memory.conversation?.fail(type: "antigravity_error", message: words, nil, into: &sink)
    case _ where step["source"]?.equals("MODEL") == true:
      readTool(step, type: type, index: index, into: &sink)
    default:
      memory.conversation?.keep(type, step.raw, into: &sink)
    }
  }

  // MARK: Rest

  package func isAtWork(_ run: RunID) -> Bool { memory.conversation?.isAtWork == true }

  /// When the last response was over, the next step may tell: the turn stays open until then, or until
  /// the run is sealed.
  package mutating func atRest(into sink: inout ImportedEvents) {}

  package mutating func beforeSeal(into sink: inout ImportedEvents) {
    giveUpAsked(&sink)
    memory.conversation?.beforeSeal(into: &sink)
  }

  // MARK: The run

  private mutating func begin(_ step: JSONObject, _ sink: inout ImportedEvents) {
    guard memory.conversation == nil else { return }
    let hash = StableHash.hex(step.raw)
    let name = source.folder(after: "brain") ?? source.name.map { $0 + "-" + hash } ?? hash
    let run = Conversation.run("antigravity", name)
    var conversation = Conversation(format: "antigravity", run: run, session: name)
    var facts = RunFacts(agent: "antigravity")
    facts.parent = sink.facts[Self.parentFact(name)].flatMap { RunID(rawValue: $0) }
    conversation.tell(facts, into: &sink)
    sink.facts[Self.seenFact(name)] = "1"
    memory.conversation = conversation
  }

  private static func parentFact(_ name: String) -> String { "antigravity/parent/" + name }

  private static func seenFact(_ name: String) -> String { "antigravity/seen/" + name }

  /// The conversations that a step has begun are helpers of this one, whichever log is read first.
  private func tellHelpers(in words: String, _ sink: inout ImportedEvents) {
    guard let conversation = memory.conversation else { return }
    for part in words.split(separator: "\"conversationId\"").dropFirst() {
      let rest = part.drop { $0 == " " || $0 == ":" }
      guard rest.first == "\"" else { continue }
      let name = String(rest.dropFirst().prefix { $0 != "\"" })
      guard !name.isEmpty, name != conversation.session else { continue }
      if sink.facts[Self.parentFact(name)] == nil {
        sink.facts[Self.parentFact(name)] = conversation.run.rawValue
      }
      guard sink.facts[Self.seenFact(name)] != nil else { continue }
      let facts = RunFacts(parent: conversation.run)
      let event = Event.make(.runStarted) { facts.write(to: &$0) }
      sink.emit(
        event.with(session: name, id: "run.started/parent"),
        run: Conversation.run("antigravity", name)
      )
    }
  }

  // MARK: Steps

  private mutating func readPrompt(_ step: JSONObject, _ sink: inout ImportedEvents) {
    giveUpAsked(&sink)
    let words = step["content"]?.string ?? ""
    let request = Self.part(of: words, in: "USER_REQUEST") ?? words
    // A command of the program, such as `/exit`: if the model is asked, its answer begins a turn.
    guard !Self.isCommand(request) else {
      memory.conversation?.keep("USER_INPUT", step.raw, into: &sink)
      return
    }
    let payload = Payload.object { $0.member("text", request) }
    memory.conversation?.prompt(payload, text: request, into: &sink)
    guard let change = Self.part(of: words, in: "USER_SETTINGS_CHANGE"),
      let model = Self.model(in: change)
    else { return }
    memory.conversation?.tell(RunFacts(model: model), into: &sink)
  }

  private mutating func readResponse(_ step: JSONObject, _ sink: inout ImportedEvents) {
    giveUpAsked(&sink)
    let id = sink.line.id
    if let thought = step.text("thinking") {
      memory.conversation?.say(.thought, thought, "thinking", into: &sink)
    }
    if let text = step.text("content") {
      memory.conversation?.say(.text, text, "content", into: &sink)
    }
    step["tool_calls"]?.forEachElement { element in
      let input = element["args"].map { String(decoding: $0.raw, as: UTF8.self) }
      let number = memory.asked.count + 1
      memory.asked.append(Asked(id: "\(id)/\(number)", name: element["name"]?.text, input: input))
    }
    if memory.conversation?.turn == nil { memory.conversation?.step(.words, sink) }
    guard memory.asked.isEmpty else {
      memory.conversation?.step(.call, sink)
      return
    }
    memory.conversation?.done("end_turn")
  }

  /// A tool began, goes on, or is over.
  private mutating func readTool(
    _ step: JSONObject,
    type: String,
    index: Int64,
    into sink: inout ImportedEvents
  ) {
    let status = step.text("status")
    let known = memory.running.removeValue(forKey: index)
    let call = known ?? beginCall(type, &sink)
    guard let kind = Self.kind(status) else {
      memory.running[index] = call
      memory.conversation?.keep(type, step.raw, "step", into: &sink)
      return
    }
    let words = step["content"]?.string ?? ""
    let begun = Self.time("Created At: ", in: words)
    let ended = Self.time("Completed At: ", in: words)
    if let ended { sink.line.ts = max(sink.line.ts ?? ended, ended) }
    var durationMs: Int64?
    if let begun, let ended, ended >= begun {
      durationMs = (ended.microseconds - begun.microseconds) / 1000
    }
    memory.conversation?.result(
      of: call,
      kind,
      content: step["content"],
      durationMs: durationMs,
      "result",
      into: &sink
    )
    if type == "INVOKE_SUBAGENT" { tellHelpers(in: words, &sink) }
  }

  /// Begins the call that was asked for first, or one that nothing asked for.
  private mutating func beginCall(_ type: String, _ sink: inout ImportedEvents) -> String {
    let asked =
      memory.asked.isEmpty
      ? Asked(id: sink.line.id, name: type.lowercased()) : memory.asked.removeFirst()
    emit(asked, &sink)
    return asked.id
  }

  /// What was asked for and never begun is told before something else begins.
  private mutating func giveUpAsked(_ sink: inout ImportedEvents) {
    let asked = memory.asked
    memory.asked = []
    for call in asked { emit(call, &sink) }
  }

  private mutating func emit(_ asked: Asked, _ sink: inout ImportedEvents) {
    let line = sink.line
    sink.line.id = asked.id
    Array((asked.input ?? "null").utf8).withUnsafeBytes { bytes in
      let input = asked.input == nil ? nil : try? JSONValue.parse(bytes)
      memory.conversation?.call(asked.id, name: asked.name, input: input, into: &sink)
    }
    sink.line = line
  }

  /// How a step came back; `nil` where it did not yet.
  private static func kind(_ status: String?) -> Conversation.ResultKind? {
    switch status {
    case "DONE": .success
    case "ERROR": .failure
    case "CANCELED", "CANCELLED": .cancelled
    default: nil
    }
  }
}
