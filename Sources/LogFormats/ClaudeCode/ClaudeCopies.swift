internal import Events

/// What a log repeats of other sessions: it belongs to the run that lived it.
///
/// - A branch (`/branch`, and sub-agents of type fork) says of each line where it comes from. Its line
///   is read as that session's own, under the ids that it has there: stored if it is not yet.
/// - A fork (`--fork-session`, older `--resume`) keeps the lines' ids and renames the session. It is
///   known by its first line, which is another run's: what that run, or one that it was itself forked
///   from, has already is skipped, up to the first line that it has not.
/// - The same log may repeat the lines of a branch without a word of where they come from.
///
/// Facts: `claude-code/root/<uuid>/<hash of time and content>` is the run that a first line belongs to,
/// `claude-code/fork/<run>` the run that another one was forked from, and `claude-code/line/<uuid>` the
/// line that a copy under another id repeats.
struct ClaudeCopies: Codable {
  /// What is to be done with a line.
  enum Place {
    case own
    case known
    /// It belongs to another run, in which it has this id.
    case foreign(RunID, session: String, id: String)
  }

  /// Whether the first line in which anybody speaks was seen.
  private var sawTalk = false
  /// Whether all lines so far were a fork's copies.
  private var isInCopy = false
  /// The runs whose lines these may be.
  private var ancestors: [RunID] = []
  /// The lines that were some other run's, by the hashes of their ids.
  private var foreign: Set<String> = []
  /// The calls without a result among them.
  private(set) var openCalls: [String] = []
  /// The run that the last of them came from.
  private(set) var source: RunID?

  /// Judges a line of the conversation of a run.
  mutating func place(
    _ line: ClaudeLine,
    of own: RunID,
    isMain: Bool,
    into sink: inout ImportedEvents
  ) -> Place {
    guard line.hasUUID else { return .own }
    let isFirst = line.isRoot || line.isTalk && !sawTalk
    if line.isTalk { sawTalk = true }
    if let origin = line.origin {
      let (run, id) = resolve(origin, line, of: own, isFirst: isFirst, &sink)
      guard run != own else { return .own }
      foreign.insert(StableHash.hex(line.id.utf8))
      noteCalls(line)
      source = run
      return .foreign(run, session: Self.session(run) ?? origin.session, id: id)
    }
    if !foreign.isEmpty, foreign.contains(StableHash.hex(line.id.utf8)) { return .known }
    guard isMain else { return .own }
    if isFirst { claim(line, for: own, &sink) }
    guard isInCopy else { return .own }
    guard line.isTalk else { return .known }
    if let run = ancestors.first(where: { sink.hasLine(line.id, in: $0) }) {
      noteCalls(line)
      source = run
      return .known
    }
    isInCopy = false
    return .own
  }

  /// The run begins with its own line behind the copies.
  func noteSource(of own: RunID, _ sink: inout ImportedEvents) {
    if let source, sink.facts["claude-code/fork/\(own)"] == nil {
      sink.facts["claude-code/fork/\(own)"] = source.rawValue
    }
  }

  // MARK: Forks

  /// The fact of a first line: made by hand, logs may have the same ids for different lines.
  private static func rootKey(_ id: String, _ line: ClaudeLine) -> String {
    var stamp = StableHash.hex("\(line.ts?.microseconds ?? 0)".utf8)
    if let content = line.message?["content"] { stamp = StableHash.hex(content.raw, seed: stamp) }
    return "claude-code/root/\(id)/\(stamp)"
  }

  private mutating func claim(_ line: ClaudeLine, for own: RunID, _ sink: inout ImportedEvents) {
    let key = Self.rootKey(line.id, line)
    guard let run = sink.facts[key].flatMap({ RunID(rawValue: $0) }) else {
      sink.facts[key] = own.rawValue
      return
    }
    guard run != own else { return }
    isInCopy = true
    for ancestor in Self.line(of: run, sink) where !ancestors.contains(ancestor) && ancestor != own
    {
      ancestors.append(ancestor)
    }
  }

  /// A run and those that it was forked from.
  private static func line(of run: RunID, _ sink: ImportedEvents) -> [RunID] {
    var runs = [run]
    while let last = runs.last, runs.count < 32,
      let next = sink.facts["claude-code/fork/\(last)"].flatMap({ RunID(rawValue: $0) }),
      !runs.contains(next)
    {
      runs.append(next)
    }
    return runs
  }

  // MARK: Branches

  private mutating func resolve(
    _ origin: ClaudeLine.Origin,
    _ line: ClaudeLine,
    of own: RunID,
    isFirst: Bool,
    _ sink: inout ImportedEvents
  ) -> (RunID, id: String) {
    let id = sink.facts["claude-code/line/" + origin.uuid] ?? origin.uuid
    if line.id != origin.uuid { sink.facts["claude-code/line/" + line.id] = id }
    let named = Conversation.run("claude-code", origin.session)
    if isFirst {
      let key = Self.rootKey(id, line)
      let first = sink.facts[key].flatMap { RunID(rawValue: $0) }
      if let first, first != named {
        if !ancestors.contains(first) { ancestors.append(first) }
      } else if first == nil {
        sink.facts[key] = named.rawValue
      }
    }
    let others = (Self.line(of: named, sink) + ancestors).filter { $0 != named }
    return (others.first { sink.hasLine(id, in: $0) } ?? named, id)
  }

  /// The session of a session's run.
  private static func session(_ run: RunID) -> String? {
    let name = run.rawValue
    guard name.hasPrefix("claude-code:"), !name.contains("/") else { return nil }
    return String(name.dropFirst("claude-code:".count))
  }

  // MARK: Calls

  private mutating func noteCalls(_ line: ClaudeLine) {
    line.message?["content"]?.forEachElement { block in
      if block["type"]?.equals("tool_use") == true, let call = block["id"]?.text {
        openCalls.append(call)
      } else if let call = block["tool_use_id"]?.text {
        openCalls.removeAll { $0 == call }
      }
    }
  }
}
