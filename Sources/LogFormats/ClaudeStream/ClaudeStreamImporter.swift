package import Events

/// Reads the frames that `claude -p --output-format stream-json` prints.
///
/// A session is a run, whatever processes and logs it took, and so is each sub-agent in it. Messages
/// are read as those of Claude Code's session logs: what a message's frames say of its tokens is mostly
/// a placeholder; what is true of a turn comes with its `result`, whose totals replace them.
///
/// - The last `result` ends the run, once the log is at rest; a process that resumes the session
///   resumes the run.
/// - A frame without a time happened when the frame before it did; those that come before a turn's
///   first frame with words happened with it. Where no frame tells when the prompt came, a turn is as
///   long as its result says, from its first answer on.
///
/// Not known to the stream: the prompt, unless user frames are replayed; times, in older versions; the
/// part of a turn's tokens that a sub-agent has used beyond what its frames say, which stays with the
/// session's run.
///
/// Dropped as decoration: `stream_event`, but for the counts that it brings, `tool_progress`,
/// `keep_alive`, and of `system` the subtypes `status`, `thinking_tokens`, `hook_started` and
/// `hook_progress`.
package struct ClaudeStreamImporter: RememberingImporter {
  package struct Memory: Codable, Sendable {
    /// The session that the frames are of now.
    var session: String?
    /// The conversations by session, and by session and call for sub-agents.
    var threads: [String: ClaudeThread] = [:]
    var order: [String] = []
    var sessions: [String: ClaudeStreamSession] = [:]
    /// Frames that wait for the first one with words, to happen with it.
    var held = HeldObjects()
    /// What stands until the next frame of a session: the end of its run.
    var endings: [String: Ending] = [:]
    /// The totals of the last `result`, and whose they are.
    var process: ProcessTotals?
    /// Whether it is what Claude Desktop keeps of its agent's sessions.
    var isAudit = false
    /// The id of the frame before.
    var previous = ""
    /// The time of the last frame that had one.
    var lastTS: Timestamp?
    /// The message of each conversation whose parts are streaming.
    var streaming: [String: ModelRequest] = [:]
  }

  /// The end of a run that is told once nothing follows it.
  struct Ending: Codable {
    var isFailure: Bool
    var reason: String?
    var id: String
    var ts: Timestamp?
  }

  struct ProcessTotals: Codable {
    var session: String
    var totals: ClaudeStreamTotals
  }

  package let source: LogSource
  package var memory = Memory()

  package init(source: LogSource) {
    self.source = source
  }

  package var runs: [RunID] { memory.order.compactMap { memory.threads[$0]?.run } }

  package func isAtWork(_ run: RunID) -> Bool {
    memory.threads.values.contains { $0.run == run && $0.talk.isAtWork }
  }

  package mutating func take(_ object: JSONObject, into sink: inout ImportedEvents) {
    guard let line = ClaudeLine(frame: object, after: memory.previous) else {
      return sink.report("the frame has no type")
    }
    memory.previous = line.id
    if let named = line.session { memory.session = named }
    if Self.isDecoration(line) { return }
    if object["_audit_timestamp"] != nil { memory.isAudit = true }
    // The session's own log tells the same, and more.
    if memory.isAudit, let session = memory.session,
      sink.isTold(Conversation.run("claude-code", session), byOtherThan: .audit)
    {
      return
    }
    if line.ts == nil, isHeld(line) {
      memory.held.hold(object)
      return
    }
    memory.lastTS = max(memory.lastTS ?? line.ts, line.ts)
    release(before: line, into: &sink)
    read(line, into: &sink)
  }

  private func max(_ one: Timestamp?, _ other: Timestamp?) -> Timestamp? {
    guard let one, let other else { return one ?? other }
    return Swift.max(one, other)
  }

  // MARK: Held frames

  /// Whether a frame waits for the next one with words: what opens a turn, and all behind it.
  private func isHeld(_ line: ClaudeLine) -> Bool {
    switch line.type {
    case "user", "assistant", "stream_event", "result": return false
    case "system" where line.object["subtype"]?.equals("init") == true: return true
    default: return (!memory.held.isEmpty || memory.order.isEmpty) && !memory.held.isFull
    }
  }

  private mutating func release(before line: ClaudeLine, into sink: inout ImportedEvents) {
    guard !memory.held.isEmpty else { return }
    let ts = line.ts ?? memory.lastTS
    let number = sink.line.number
    let (previous, session) = (memory.previous, memory.session)
    var held = HeldObjects()
    swap(&held, &memory.held)
    held.release { frame in
      guard var early = ClaudeLine(frame: frame, after: previous) else { return }
      early.ts = ts
      if let named = early.session { memory.session = named }
      sink.line.number = number
      read(early, into: &sink)
    }
    memory.session = session
    sink.line.number = number
  }

  // MARK: Frames

  private mutating func read(_ line: ClaudeLine, into sink: inout ImportedEvents) {
    var line = line
    let session = memory.session ?? source.name ?? "unnamed"
    line.ts = line.ts ?? memory.lastTS
    line.session = session
    sink.line = line.context(number: sink.line.number)
    let key = Self.key(session, line)
    switch line.type {
    case "user", "assistant":
      memory.endings[session] = nil
      if line.type == "assistant" { note(line, thread: key, session: session, sink) }
      let beginning = key == session ? takeStart(session) : nil
      withThread(key, line, into: &sink) { thread, sink in
        if line.type == "user", let beginning { thread.open(by: beginning, into: &sink) }
        thread.read(frame: line, into: &sink)
        if let beginning { thread.open(by: beginning, into: &sink) }
      }
      noteStart(of: line, key, session)
      if line.type == "user" { endAgents(session, line, into: &sink) }
    case "stream_event":
      memory.endings[session] = nil
      if let event = line.object.object("event") { stream(event, key, line, into: &sink) }
    case "result":
      finish(session, line, into: &sink)
    case "system":
      readSystem(session, line, into: &sink)
    case "rate_limit_event":
      withThread(session, line, into: &sink) { $0.readLimit(line, into: &$1) }
    default:
      withThread(key, line, into: &sink) { $0.keep(line, into: &$1) }
    }
  }

  private static func isDecoration(_ line: ClaudeLine) -> Bool {
    switch line.type {
    case "keep_alive", "tool_progress": return true
    case "system":
      let subtype = line.object.text("subtype") ?? ""
      return ["status", "thinking_tokens", "hook_started", "hook_progress"].contains(subtype)
    default: return false
    }
  }

  // MARK: Rest

  package mutating func pause(into sink: inout ImportedEvents) {
    for key in memory.order { memory.threads[key]?.talk.pause(into: &sink) }
  }

  package mutating func atRest(into sink: inout ImportedEvents) {
    pause(into: &sink)
    for session in memory.order {
      guard let ending = memory.endings[session] else { continue }
      let event = Event.runEnded(
        ending.isFailure ? .fail : .stop,
        by: "agent",
        reason: ending.reason
      ).with(ts: ending.ts, producer: .system, id: ending.id)
      memory.threads[session]?.talk.emit(event, into: &sink)
    }
    memory.endings = [:]
  }

  package mutating func beforeSeal(into sink: inout ImportedEvents) {
    atRest(into: &sink)
    for key in memory.order { memory.threads[key]?.beforeSeal(into: &sink) }
  }

  // MARK: Conversations

  static func key(_ session: String, _ line: ClaudeLine) -> String {
    guard case .named(let agent) = line.agent else { return session }
    return session + "/agent-" + agent
  }

  /// Lends a conversation, made where this is the first frame of it.
  mutating func withThread(
    _ key: String,
    _ line: ClaudeLine,
    into sink: inout ImportedEvents,
    _ body: (inout ClaudeThread, inout ImportedEvents) -> Void
  ) {
    var thread: ClaudeThread
    if let known = memory.threads[key] {
      thread = known
    } else {
      thread = makeThread(key, line)
      memory.order.append(key)
    }
    memory.threads[key] = nil
    thread.start(line, into: &sink)
    body(&thread, &sink)
    memory.threads[key] = thread
  }

  private func makeThread(_ key: String, _ line: ClaudeLine) -> ClaudeThread {
    let session = line.session ?? key
    let main = Conversation.run("claude-stream", session)
    let run = key == session ? main : Conversation.run("claude-stream", key)
    let talk = Conversation(format: "claude-stream", run: run, session: session)
    var thread = ClaudeThread(talk, role: key == session ? .main : .agent)
    if key != session { thread.parent = caller(of: line) ?? main }
    thread.endsByResult = true
    return thread
  }

  /// The run whose call a sub-agent's frame belongs to: a sub-agent may have its own.
  private func caller(of line: ClaudeLine) -> RunID? {
    guard case .named(let call) = line.agent else { return nil }
    return memory.threads.values.first { $0.talk.openCalls.contains(call) }?.run
  }
}
