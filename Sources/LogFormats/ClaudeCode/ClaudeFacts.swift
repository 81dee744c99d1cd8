internal import Events

// What Claude Code's logs tell each other.
//
// - `claude-code/project/<session>`: the folder of a session, for sub-agents whose lines name none.
// - `claude-code/asked/<session>/<hash of a prompt>`: the run whose call gave a sub-agent this prompt,
//   and the kind of the sub-agent.
// - `claude-code/caller/<run>`: the run that got a sub-agent's result.
// - `claude-code/agent/<run>`: which log has told a run first: its own log, its caller's, or the audit that
//   Claude Desktop keeps of a session.
extension ImportedEvents {
  mutating func note(project: String, of session: String) {
    let key = "claude-code/project/" + session
    if facts[key] == nil { facts[key] = project }
  }

  func project(of session: String?) -> String? {
    session.flatMap { facts["claude-code/project/" + $0] }
  }

  /// A run asks a sub-agent for something.
  mutating func note(asking prompt: String, type: String?, by talk: Conversation) {
    let key = Self.askedKey(prompt, talk)
    if facts[key] == nil { facts[key] = talk.run.rawValue + "\t" + (type ?? "") }
  }

  /// The run that asks for something in these words, and the kind of the sub-agent that it asks.
  func caller(asking prompt: String, _ talk: Conversation) -> (run: RunID, agentType: String?)? {
    let parts = facts[Self.askedKey(prompt, talk)]?
      .split(separator: "\t", omittingEmptySubsequences: false)
    guard let parts, let run = RunID(rawValue: String(parts[0])), run != talk.run else {
      return nil
    }
    return (run, parts.count > 1 && !parts[1].isEmpty ? String(parts[1]) : nil)
  }

  private static func askedKey(_ prompt: String, _ talk: Conversation) -> String {
    "claude-code/asked/\(talk.session ?? "")/\(StableHash.hex(prompt.utf8))"
  }

  /// A run got the result of a sub-agent.
  mutating func note(caller: RunID, of agent: RunID) {
    let key = "claude-code/caller/\(agent)"
    if facts[key] == nil { facts[key] = caller.rawValue }
  }

  func caller(of agent: RunID) -> RunID? {
    facts["claude-code/caller/\(agent)"].flatMap { RunID(rawValue: $0) }
  }

  /// Whether another kind of log than this one tells a run; the first one stays.
  mutating func isTold(_ run: RunID, byOtherThan teller: ClaudeTeller) -> Bool {
    let key = "claude-code/agent/\(run)"
    if let first = facts[key] { return first != teller.rawValue }
    facts[key] = teller.rawValue
    return false
  }
}

/// The kinds of logs that tell one run.
enum ClaudeTeller: String {
  case ownLog = "its own log"
  case callersLog = "its caller's log"
  case audit = "the audit of its session"
}
