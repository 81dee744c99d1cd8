package import Events

/// Reads the session logs of Claude Code: one line per content block, hook, or change of mind.
///
/// A file is a run, and so is each sub-agent whose messages are in it. Dropped, since they are
/// pure decoration that repeats what other lines say or what the screen showed:
/// `file-history-snapshot`, `file-history-delta`, `last-prompt`, `mode`, `bridge-session`, and
/// of `progress` the parts of outputs that follow in full (`bash_progress`, `mcp_progress`,
/// `query_update`, `search_results_received`). Of thoughts the signature is dropped. Everything
/// else that has no kind of its own becomes an event `claude-code.<type>` with the whole line.
///
/// A file in which nobody says anything of its own is not a run.
package struct ClaudeCodeImporter: RememberingImporter {
  package struct Memory: Codable, Sendable {
    /// The session whose log this is; `nil` until a line has told.
    var session: String?
    /// The conversations by their key: "" is the main one.
    var threads: [String: ClaudeThread] = [:]
    /// The keys in the order in which they were first seen.
    var order: [String] = []
    /// What stands before the first line in which somebody speaks.
    var head = HeldObjects()
    var isPlaced = false
    var hasTalk = false
    /// What the log repeats of others, by the conversation that it stands in.
    var copies: [String: ClaudeCopies] = [:]
    /// The last prompt of each helper that may have begun with its caller's talk only.
    var asides: [String: HeldObjects] = [:]
    /// The id of the line before.
    var previous: String?
    /// The last line and the root of each conversation of an old log's unnamed sub-agents.
    var leaves: [Leaf] = []

    struct Leaf: Codable {
      var leaf: String
      var root: String
    }
  }

  package let source: LogSource
  package var memory = Memory()

  package init(source: LogSource) {
    self.source = source
    if let name = source.name, Self.isUUID(name) { memory.session = name }
  }

  package var runs: [RunID] {
    let all = memory.order.compactMap { memory.threads[$0] }
    return all.filter { $0.role != .copy || !$0.talk.isAtWork }.map(\.run)
      .reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
  }

  package func isAtWork(_ run: RunID) -> Bool {
    memory.threads.values.contains { $0.run == run && $0.talk.isAtWork }
  }

  package mutating func take(_ object: JSONObject, into sink: inout ImportedEvents) {
    guard let line = ClaudeLine(object, after: memory.previous) else {
      return sink.report("the line has no type")
    }
    if Self.isDecoration(line) { return }
    if memory.session == nil, let session = line.session { memory.session = session }
    sink.line = line.context(number: sink.line.number)
    let key = threadKey(of: line)
    switch memory.copies[key, default: ClaudeCopies()].place(
      line,
      of: run(of: key),
      isMain: key.isEmpty,
      into: &sink
    ) {
    case .known:
      memory.previous = line.id
    case .foreign(let run, let session, let id):
      memory.previous = line.id
      readForeign(line, of: run, session: session, id: id, into: &sink)
    case .own:
      guard memory.isPlaced || isPlaced(by: line, object, into: &sink) else { return }
      memory.previous = line.id
      route(line, key, into: &sink)
    }
  }

  // MARK: Placing

  /// Whether the log begins with a line, or has: till then all is held.
  ///
  /// The first line in which somebody speaks says whose log it is, when it begins, and where.
  private mutating func isPlaced(
    by line: ClaudeLine,
    _ object: JSONObject,
    into sink: inout ImportedEvents
  ) -> Bool {
    if line.isSpeech { memory.hasTalk = true }
    guard memory.hasTalk, line.ts != nil, memory.session != nil || memory.head.isFull else {
      // What comes behind so much is a run of some kind.
      if !memory.head.isFull { memory.head.hold(object) }
      return false
    }
    release(before: line, into: &sink)
    return true
  }

  /// Reads what was held.
  ///
  /// What has no time or place of its own has those of the lines behind it.
  private mutating func release(before line: ClaudeLine?, into sink: inout ImportedEvents) {
    memory.isPlaced = true
    if memory.session == nil { memory.session = source.name ?? StableHash.hex(memory.head.joined) }
    let context = sink.line
    defer { sink.line = context }
    var held = HeldObjects()
    swap(&held, &memory.head)
    let start = held.firstTime ?? line?.ts
    held.release { object in
      guard var early = ClaudeLine(object, after: memory.previous) else { return }
      memory.previous = early.id
      early.ts = early.ts ?? start
      if let line, early.agent == nil, line.agent == nil {
        early.folder = early.folder ?? line.folder
        early.version = early.version ?? line.version
        early.branch = early.branch ?? line.branch
        early.entrypoint = early.entrypoint ?? line.entrypoint
      }
      sink.line = early.context(number: context.number)
      route(early, threadKey(of: early), into: &sink)
    }
  }

  package mutating func pause(into sink: inout ImportedEvents) {
    for key in memory.order { memory.threads[key]?.talk.pause(into: &sink) }
  }

  package mutating func atRest(into sink: inout ImportedEvents) {
    // A conversation without any times must not wait for ever.
    if !memory.isPlaced && memory.hasTalk { release(before: nil, into: &sink) }
    for key in memory.order { memory.threads[key]?.rest(into: &sink) }
  }

  package mutating func beforeSeal(into sink: inout ImportedEvents) {
    for key in memory.asides.keys.sorted() { releaseAside(key, into: &sink) }
    for key in memory.order { memory.threads[key]?.beforeSeal(into: &sink) }
  }

  private static func isDecoration(_ line: ClaudeLine) -> Bool {
    switch line.type {
    case "file-history-snapshot", "file-history-delta", "last-prompt", "mode", "bridge-session":
      return true
    case "progress":
      guard let kind = line.object.object("data")?["type"] else { return false }
      return kind.equals("bash_progress") || kind.equals("mcp_progress")
        || kind.equals("query_update") || kind.equals("search_results_received")
    default:
      return false
    }
  }

  private static func isUUID(_ name: String) -> Bool {
    let parts = name.split(separator: "-", omittingEmptySubsequences: false)
    return parts.map { $0.utf8.count } == [8, 4, 4, 4, 12]
      && parts.allSatisfy { $0.allSatisfy(\.isHexDigit) }
  }
}

extension HeldObjects {
  /// The first time that any of the lines has.
  fileprivate var firstTime: Timestamp? {
    var copy = self
    var first: Timestamp?
    copy.release { object in
      if first == nil { first = ClaudeLine.time(of: object) }
    }
    return first
  }
}
