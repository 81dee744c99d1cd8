internal import Events

/// What is remembered of one conversation of Claude Code.
struct ClaudeThread: Codable {
  enum Role: String, Codable {
    /// The session's own.
    case main
    /// That of a sub-agent.
    case agent
    /// That of another session, which this log repeats.
    case copy
  }

  var talk: Conversation
  let role: Role
  /// The run that called this one.
  var parent: RunID?
  /// What is known of whether the log says itself when a turn is over, and how long it took.
  var durations = ClaudeDurations()
  /// Whether the log says by a line of its own that a turn is over, and nothing else does.
  var endsByResult = false
  /// Whether another source tells the run: only its requests are counted here.
  var isToldElsewhere = false
  var hasOwnTitle = false
  /// The message that ended the last turn, where the log was at rest behind it.
  var endedMessage: String?
  /// Whether the last thing that a person did was a command.
  var isBehindCommand = false
  /// Results that stand before their calls.
  var early: [ClaudeReturn] = []
  /// The calls that came back while what they began goes on.
  var leftRunning: [String] = []
  /// What a person typed while the agent was at work.
  var queue: [String] = []
  /// The open calls of history that is stored in another run: what they answer there is not a
  /// result here.
  var foreignCalls: [String] = []

  init(_ talk: Conversation, role: Role, parent: RunID? = nil) {
    self.talk = talk
    self.role = role
    self.parent = parent
  }

  var run: RunID { talk.run }

  // MARK: What the run is

  /// Tells of the run with its first line, and of its place with the first line that has one.
  mutating func start(_ line: ClaudeLine, into sink: inout ImportedEvents) {
    if role != .agent { durations.note(line) }
    if !talk.isStarted { return tell(line, into: &sink) }
    guard role != .copy, talk.facts.project == nil, let folder = line.folder else { return }
    talk.tell(RunFacts(project: folder), "project", into: &sink)
    noteProject(folder, &sink)
  }

  private mutating func tell(_ line: ClaudeLine, into sink: inout ImportedEvents) {
    var facts = RunFacts(agent: "claude-code", project: line.folder, parent: parent)
    facts.version = line.version
    facts.branch = line.branch
    facts.entrypoint = line.entrypoint
    facts.team = line.object.text("teamName")
    switch role {
    case .main: noteProject(line.folder, &sink)
    case .agent:
      let asked = line.message.flatMap { Self.text(of: $0) }.flatMap {
        sink.caller(asking: $0, talk)
      }
      facts.parent = asked?.run ?? sink.caller(of: run) ?? parent
      facts.agentType = asked?.agentType
      facts.project = facts.project ?? sink.project(of: talk.session)
    case .copy: facts.title = firstPrompt(line).flatMap { Conversation.title(of: $0) }
    }
    talk.tell(facts, into: &sink)
  }

  private func noteProject(_ folder: String?, _ sink: inout ImportedEvents) {
    guard role == .main, let folder, let session = talk.session else { return }
    sink.note(project: folder, of: session)
  }

  private func firstPrompt(_ line: ClaudeLine) -> String? {
    guard line.type == "user", let text = line.message.flatMap({ Self.text(of: $0) }),
      ClaudePrompt.kind(of: line.object, texts: [text], hasOtherBlocks: false) == .prompt
    else { return nil }
    return String(ClaudePrompt.words(of: text))
  }

  /// The first text of a message.
  static func text(of message: JSONObject) -> String? {
    if let text = message["content"]?.string { return text }
    var first: String?
    message["content"]?.forEachElement { if first == nil { first = $0["text"]?.string } }
    return first
  }

  // MARK: Lines

  mutating func read(_ line: ClaudeLine, into sink: inout ImportedEvents) {
    if isToldElsewhere { return countOnly(line, into: &sink) }
    start(line, into: &sink)
    switch line.type {
    case "user": readUser(line, into: &sink)
    case "assistant": readAssistant(line, into: &sink)
    case "system": readSystem(line, into: &sink)
    case "attachment": readAttachment(line, into: &sink)
    case "queue-operation": readQueue(line, into: &sink)
    case "ai-title", "custom-title", "agent-name", "summary": readTitle(line, into: &sink)
    case "cost-state": readCost(line, into: &sink)
    default: keep(line, into: &sink)
    }
  }

  private mutating func countOnly(_ line: ClaudeLine, into sink: inout ImportedEvents) {
    if line.type == "assistant", let request = ModelRequest(claude: line) {
      talk.count(request, into: &sink)
    } else {
      talk.flushRequest(into: &sink)
    }
  }

  /// Keeps a line as an event of this format's own kind.
  ///
  /// In a log that says when a turn is over, only a person's doing shows it otherwise.
  mutating func keep(_ line: ClaudeLine, into sink: inout ImportedEvents) {
    if !durations.areExpected || line.type == "user" && !line.object.isTrue("isMeta") {
      if talk.turn?.isDone == true { releaseEarly(into: &sink) }
      return talk.keep(line.type, line.object.raw, into: &sink)
    }
    keepInTurn(line, into: &sink)
  }

  /// Keeps a line without a thought of whether it shows that a turn is over.
  mutating func keepInTurn(_ line: ClaudeLine, into sink: inout ImportedEvents) {
    talk.flushRequest(into: &sink)
    talk.emit(line.event(talk.format), into: &sink)
  }

  // MARK: Rest

  mutating func rest(into sink: inout ImportedEvents) {
    let message = talk.turn?.doneMessage
    let isOver = !durations.areAwaited(hasReason: talk.turn?.stopReason != nil) && !endsByResult
    if isOver, talk.turn?.isDone == true { releaseEarly(into: &sink) }
    talk.rest(endsDoneTurns: isOver, into: &sink)
    if message != nil, talk.turn == nil { endedMessage = message }
  }

  mutating func beforeSeal(into sink: inout ImportedEvents) {
    // What is open in a copy may be closed in the log that it is a copy of.
    guard role != .copy || !talk.isAtWork else { return talk.flushRequest(into: &sink) }
    releaseEarly(into: &sink)
    talk.beforeSeal(into: &sink)
  }
}

/// Whether a log says by a line of its own, `turn_duration`, that a turn is over.
///
/// Sessions at a terminal do so since 2.1, unless it is switched off. Such a log leaves a turn of which
/// the model has said that it is done open at its end, for the line that may follow.
struct ClaudeDurations: Codable {
  private var isTerminal = false
  private var isOldTerminal = false
  private var wereTold = false
  private var wereLeftOut = false

  mutating func note(_ line: ClaudeLine) {
    if let entrypoint = line.entrypoint {
      isTerminal = entrypoint == "cli"
      isOldTerminal = false
    } else if let version = line.version {
      let parts = version.split(separator: ".").compactMap { Int($0) }
      isOldTerminal = parts.count >= 2 && (parts[0], parts[1]) >= (2, 1)
    }
  }

  /// A turn was said to be over.
  mutating func noteTold() { wereTold = true }

  /// A turn ended, done, without a word of how long it took.
  mutating func noteLeftOut() { wereLeftOut = true }

  /// Whether such lines are to be expected.
  var areExpected: Bool { wereTold || (isTerminal || isOldTerminal) && !wereLeftOut }

  /// Whether a turn waits for its line; `hasReason` says whether the log tells why the model stopped.
  ///
  /// Versions that do not say what started them give no reason where they write durations.
  func areAwaited(hasReason: Bool) -> Bool {
    areExpected && (isTerminal || wereTold || !hasReason)
  }
}

extension ClaudeLine {
  /// The line as an event of a format's own kind, with nothing left out.
  func event(_ format: String) -> Event {
    let kind = EventKind(rawValue: format + "." + type)
    return Event(kind, payload: Payload(unchecked: Array(object.raw)))
  }
}
