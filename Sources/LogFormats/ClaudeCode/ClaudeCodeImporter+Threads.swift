internal import Events

extension ClaudeCodeImporter {
  /// Sends a line to the conversation that it belongs to.
  mutating func route(_ line: ClaudeLine, _ key: String, into sink: inout ImportedEvents) {
    if line.embedsAgent, let inner = ClaudeLine(embeddedIn: line) {
      return readEmbedded(inner, calledBy: key, into: &sink)
    }
    if holdsAside(line, key, into: &sink) { return }
    if isAudited(line, key, &sink) { return countAudited(line, key, into: &sink) }
    endCopies(before: key, line, into: &sink)
    let isNew = memory.threads[key] == nil
    let isTold = isNew && !key.isEmpty && sink.isTold(run(of: key), byOtherThan: .ownLog)
    withThread(key, line) { thread in
      if isTold { thread.isToldElsewhere = true }
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
    let isNew = memory.threads[key] == nil
    let isTold = isNew && sink.isTold(run(of: key), byOtherThan: .callersLog)
    let parent = run(of: caller)
    withThread(key, line) { thread in
      thread.parent = parent
      if isTold { thread.isToldElsewhere = true }
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

  /// Whether Claude Desktop's audit of the session was read first: it tells the same.
  private func isAudited(
    _ line: ClaudeLine,
    _ key: String,
    _ sink: inout ImportedEvents
  ) -> Bool {
    guard memory.threads[key] == nil else { return false }
    let session = line.session ?? memory.session ?? ""
    return sink.isTold(Conversation.run("claude-code", session), byOtherThan: .ownLog)
  }

  /// Another log tells the session: only better counts of its requests are taken.
  private func countAudited(_ line: ClaudeLine, _ key: String, into sink: inout ImportedEvents) {
    guard line.type == "assistant", let request = ModelRequest(claude: line),
      let response = request.key, sink.biller(ofResponse: response) != nil
    else { return }
    sink.account(request, run: run(of: key))
  }

  // MARK: Asides

  /// Whether a line of a helper that works with its caller's talk is that talk.
  ///
  /// Compactions, side questions and their like (`acompact-…`, `aside_question-…`) may begin with lines of
  /// their caller, under old times: their own part begins with the prompt before the first message that
  /// nobody else was billed for.
  private mutating func holdsAside(
    _ line: ClaudeLine,
    _ key: String,
    into sink: inout ImportedEvents
  ) -> Bool {
    guard !key.isEmpty, memory.threads[key]?.talk.isStarted != true else { return false }
    let isMeta = line.object.isTrue("isMeta")
    guard case .named(let agent) = line.agent, agent.contains("-") else {
      return line.type == "user" && isMeta
    }
    guard line.isTalk else { return true }
    if line.type == "user" {
      if line.isSpeech, !isMeta { memory.asides[key] = HeldObjects(holding: line.object) }
      return true
    }
    let biller = sink.biller(ofResponse: "claude-code/" + line.messageID)
    if let biller, biller != run(of: key) {
      memory.asides[key] = nil
      return true
    }
    releaseAside(key, into: &sink)
    return false
  }

  /// Reads the prompt with which a helper's own part begins.
  mutating func releaseAside(_ key: String, into sink: inout ImportedEvents) {
    guard var held = memory.asides.removeValue(forKey: key) else { return }
    let context = sink.line
    defer { sink.line = context }
    held.release { object in
      guard let prompt = ClaudeLine(object, after: nil) else { return }
      sink.line = prompt.context(number: context.number)
      let isTold = sink.isTold(run(of: key), byOtherThan: .ownLog)
      withThread(key, prompt) { thread in
        if isTold { thread.isToldElsewhere = true }
        thread.read(prompt, into: &sink)
      }
    }
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
