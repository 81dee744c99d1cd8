internal import Events

extension ClaudeCodeImporter {
  /// Sends a line to the conversation that it belongs to.
  mutating func route(_ line: ClaudeLine, _ sink: inout ImportedEvents) {
    if line.type == "progress",
      line.object.object("data")?["type"]?.equals("agent_progress") == true,
      let inner = ClaudeLine(embeddedIn: line)
    {
      route(inner, &sink)
      return
    }
    withThread(line) { thread in
      thread.start(line, into: &sink)
      switch line.type {
      case "user": thread.readUser(line, into: &sink)
      case "assistant": thread.readAssistant(line, into: &sink)
      case "system": thread.readSystem(line, into: &sink)
      case "attachment": thread.readAttachment(line, into: &sink)
      case "ai-title", "custom-title", "agent-name", "summary":
        thread.readTitle(line, into: &sink)
      default: thread.keep(line, into: &sink)
      }
    }
    if line.type == "user" { settleAgent(line, &sink) }
  }

  /// The result of a call that ran a sub-agent ends that sub-agent's turn.
  private mutating func settleAgent(_ line: ClaudeLine, _ sink: inout ImportedEvents) {
    guard let result = line.object.object("toolUseResult"), let agent = result.text("agentId"),
      result["status"]?.equals("completed") == true
    else { return }
    let key = Self.key(session: line.session ?? session, agent: agent)
    guard threads[key] != nil else { return }
    if threads[key]?.turn != nil { threads[key]?.close("success", into: &sink) }
    // It is done: nothing more of it will have to be put right.
    threads[key]?.written = []
    threads[key]?.known = [:]
  }

  /// Lends the conversation of a line, made anew where it is the first of it.
  mutating func withThread(
    _ line: ClaudeLine,
    _ body: (inout ClaudeThread) -> Void
  ) {
    let key = threadKey(of: line)
    var thread: ClaudeThread
    if let known = threads[key] {
      thread = known
    } else {
      thread = makeThread(key, line)
      order.append(key)
    }
    // Taken out while it is lent, so that its arrays are changed in place.
    threads[key] = nil
    body(&thread)
    threads[key] = thread
  }

  private mutating func threadKey(of line: ClaudeLine) -> String {
    switch line.agent {
    case nil: return ""
    case .named(let agent): return Self.key(session: line.session ?? session, agent: agent)
    case .unnamed:
      if let name = source.name, name.hasPrefix("agent-") {
        return Self.key(session: line.session ?? session, agent: String(name.dropFirst(6)))
      }
      return Self.key(session: line.session ?? session, agent: root(of: line))
    }
  }

  /// Where the chain of parents of an unnamed sub-agent's line begins.
  private mutating func root(of line: ClaudeLine) -> String {
    let parent = line.object.text("parentUuid")
    let i = leaves.lastIndex { $0.leaf == parent }
    guard let i else {
      // A line without a parent begins a conversation; one whose parent is unknown goes on
      // with the last.
      let root = parent == nil ? line.id : leaves.last?.root ?? line.id
      leaves.append((line.id, root))
      if leaves.count > 32 { leaves.removeFirst() }
      return root
    }
    let root = leaves[i].root
    leaves.remove(at: i)
    leaves.append((line.id, root))
    return root
  }

  private static func key(session: String?, agent: String) -> String {
    "\(session ?? "")/agent-\(agent)"
  }

  private func makeThread(_ key: String, _ line: ClaudeLine) -> ClaudeThread {
    let main = session ?? line.session ?? ""
    let parent = line.session ?? main
    var thread =
      key.isEmpty
      ? ClaudeThread(run: Self.run(main), parent: nil, session: main)
      : ClaudeThread(run: Self.run(key), parent: Self.run(parent), session: parent)
    thread.known = known[key] ?? [:]
    return thread
  }

  /// The run of a session or of a sub-agent; an id that can't be a run's is hashed.
  static func run(_ name: String) -> RunID {
    if let run = RunID(rawValue: "claude-code:" + name) { return run }
    let hashed = RunID(rawValue: "claude-code:" + StableHash.hex(name.utf8))
    guard let hashed else { preconditionFailure("28 ASCII letters make a run id") }
    return hashed
  }
}
