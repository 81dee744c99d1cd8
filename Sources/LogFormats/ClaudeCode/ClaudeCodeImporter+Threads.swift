internal import Events

extension ClaudeCodeImporter {
  /// Sends a line to the conversation that it belongs to.
  mutating func route(_ line: ClaudeLine, _ key: String, into sink: inout ImportedEvents) {
    if line.embedsAgent, let inner = ClaudeLine(embeddedIn: line) {
      return readEmbedded(inner, calledBy: key, into: &sink)
    }
    // A helper's file may begin with lines of its caller, which have their old times.
    let isCallers = line.type == "user" && line.object.isTrue("isMeta")
    if !key.isEmpty, isCallers, memory.threads[key]?.talk.isStarted != true { return }
    let isTold = !key.isEmpty && sink.isTold(run(of: key), byOtherThan: "its own log")
    endCopies(before: key, line, into: &sink)
    withThread(key, line) { thread in
      thread.isToldElsewhere = isTold
      thread.read(line, into: &sink)
    }
    if line.type == "user" { settleAgent(line, into: &sink) }
  }

  /// Reads a sub-agent's message that stands in its caller's log.
  private mutating func readEmbedded(
    _ line: ClaudeLine,
    calledBy caller: String,
    into sink: inout ImportedEvents
  ) {
    let outer = sink.line
    sink.line = line.context(number: outer.number)
    defer { sink.line = outer }
    let key = threadKey(of: line)
    let isTold = sink.isTold(run(of: key), byOtherThan: "its caller's log")
    let parent = run(of: caller)
    withThread(key, line) { thread in
      thread.parent = parent
      thread.isToldElsewhere = isTold
      thread.read(line, into: &sink)
    }
  }

  /// The result of a call that ran a sub-agent is the end of that sub-agent, if its messages stand in
  /// this log.
  private mutating func settleAgent(_ line: ClaudeLine, into sink: inout ImportedEvents) {
    guard let result = line.object.object("toolUseResult"), let agent = result.text("agentId"),
      result["status"]?.equals("completed") == true
    else { return }
    let key = Self.key(session: line.session ?? memory.session, agent: agent)
    guard memory.threads[key]?.talk.turn != nil else { return }
    memory.threads[key]?.releaseEarly(into: &sink)
    let duration = result.count("totalDurationMs")
    memory.threads[key]?.talk.close("success", at: line.ts, durationMs: duration, into: &sink)
  }

  // MARK: Copies

  /// Reads a line that repeats one of another session, as that one's own.
  mutating func readForeign(
    _ line: ClaudeLine,
    of run: RunID,
    session: String,
    id: String,
    into sink: inout ImportedEvents
  ) {
    var line = line
    line.id = id
    line.session = session
    sink.line = line.context(number: sink.line.number)
    let key = "copy/\(run)"
    if memory.threads[key] == nil {
      let talk = Conversation(format: "claude-code", run: run, session: session)
      memory.threads[key] = ClaudeThread(talk, role: .copy)
      memory.order.append(key)
    }
    withThread(key, line) { $0.read(line, into: &sink) }
  }

  /// A conversation begins behind what it repeats of another one.
  private mutating func endCopies(
    before key: String,
    _ line: ClaudeLine,
    into sink: inout ImportedEvents
  ) {
    guard line.isTalk, let copies = memory.copies[key], let source = copies.source,
      memory.threads[key]?.talk.facts.forkedFrom == nil
    else { return }
    copies.noteSource(of: run(of: key), &sink)
    for other in memory.order where memory.threads[other]?.role == .copy {
      memory.threads[other]?.talk.endTurnIfDone(into: &sink)
    }
    withThread(key, line) { thread in
      thread.start(line, into: &sink)
      thread.foreignCalls = copies.openCalls
      var facts = RunFacts()
      facts.forkedFrom = source
      thread.talk.tell(facts, "fork", into: &sink)
    }
  }

  // MARK: Threads

  /// Lends the conversation of a line, made where it is the first of it.
  private mutating func withThread(
    _ key: String,
    _ line: ClaudeLine,
    _ body: (inout ClaudeThread) -> Void
  ) {
    var thread: ClaudeThread
    if let known = memory.threads[key] {
      thread = known
    } else {
      thread = makeThread(key, line)
      memory.order.append(key)
    }
    // Taken out while it is lent, so that its arrays are changed in place.
    memory.threads[key] = nil
    body(&thread)
    memory.threads[key] = thread
  }

  mutating func threadKey(of line: ClaudeLine) -> String {
    let session = line.session ?? memory.session
    switch line.agent {
    case nil: return ""
    case .named(let agent): return Self.key(session: session, agent: agent)
    case .unnamed:
      if let name = source.name, name.hasPrefix("agent-") {
        return Self.key(session: session, agent: String(name.dropFirst(6)))
      }
      return Self.key(session: session, agent: root(of: line))
    }
  }

  /// Where the chain of parents of an unnamed sub-agent's line begins.
  private mutating func root(of line: ClaudeLine) -> String {
    let parent = line.object.text("parentUuid")
    guard let place = memory.leaves.lastIndex(where: { $0.leaf == parent }) else {
      // A line without a parent begins a conversation; one whose parent is unknown goes on
      // with the last.
      let root = parent == nil ? line.id : memory.leaves.last?.root ?? line.id
      memory.leaves.append(Memory.Leaf(leaf: line.id, root: root))
      if memory.leaves.count > 32 { memory.leaves.removeFirst() }
      return root
    }
    let root = memory.leaves[place].root
    memory.leaves.remove(at: place)
    memory.leaves.append(Memory.Leaf(leaf: line.id, root: root))
    return root
  }

  static func key(session: String?, agent: String) -> String {
    "\(session ?? "")/agent-\(agent)"
  }

  /// The run of a conversation.
  func run(of key: String) -> RunID {
    memory.threads[key]?.run
      ?? Conversation.run("claude-code", key.isEmpty ? memory.session ?? source.name ?? "" : key)
  }

  private func makeThread(_ key: String, _ line: ClaudeLine) -> ClaudeThread {
    let session = key.isEmpty ? memory.session : line.session ?? memory.session
    let talk = Conversation(format: "claude-code", run: run(of: key), session: session)
    guard !key.isEmpty else { return ClaudeThread(talk, role: .main) }
    return ClaudeThread(talk, role: .agent, parent: Conversation.run("claude-code", session ?? ""))
  }
}
