package import Events

/// Reads the session logs of Claude Code: one line per content block, hook, or change of mind.
///
/// A file is a run, and so is each sub-agent whose messages are in it. Dropped, since they are
/// pure decoration that repeats what other lines say or what the screen showed:
/// `file-history-snapshot`, `file-history-delta`, `last-prompt`, `mode`, `bridge-session`, and
/// of `progress` the parts of outputs that follow in full (`bash_progress`, `mcp_progress`,
/// `query_update`, `search_results_received`). Of thoughts the signature is dropped. Everything
/// else that has no kind of its own becomes an event `claude-code.<type>` with the whole line.
package struct ClaudeCodeImporter: LogImporter {
  package let source: LogSource
  /// The session whose log this is; `nil` until a line has told.
  var session: String?
  /// The conversations by their key: "" is the main one.
  var threads: [String: ClaudeThread] = [:]
  /// The keys in the order in which they were first seen.
  var order: [String] = []
  /// What stands before the first line that has a session and a time, which it needs to be
  /// placed by, with the numbers of the lines.
  var head: [(number: Int, json: [UInt8])] = []
  var isPlaced = false
  var headHasConversation = false
  /// What the generation of this log before this one has written, by conversation and message.
  var known: [String: [String: ClaudeCounts]] = [:]
  /// The id of the line before.
  var previous: String?
  /// The last line and the root of each conversation of an old log's unnamed sub-agents.
  var leaves: [(leaf: String, root: String)] = []

  package init(source: LogSource) {
    self.source = source
    if let name = source.name, Self.isUUID(name) { session = name }
  }

  package var runs: [RunID] { order.compactMap { threads[$0]?.run } }

  package mutating func read(
    line: UnsafeRawBufferPointer,
    number: Int,
    into sink: inout ImportedEvents
  ) {
    LogLines.forEachValue(on: line, number: number, into: &sink) { value, sink in
      guard let object = JSONObject(value) else {
        return sink.report(line: number, "the line is JSON, but no object")
      }
      take(object, number, &sink)
    }
  }

  package mutating func atRest(into sink: inout ImportedEvents) {
    // Titles and modes wait for the first line with a time, but a conversation without any
    // times at all must not wait for ever.
    if !isPlaced && headHasConversation { place(nil, &sink) }
    for key in order {
      threads[key]?.flushUsage(into: &sink)
      threads[key]?.endTurnIfEnding(into: &sink)
    }
  }

  package mutating func startOver() {
    let old = threads
    self = ClaudeCodeImporter(source: source)
    known = old.mapValues { thread in
      let written = thread.written.map { ($0.id, $0.counts) }
      return thread.known.merging(written) { $0.merged(with: $1) }
    }
  }

  /// A correction that waits for the end of its turn would be lost with the turn.
  package mutating func beforeSeal(into sink: inout ImportedEvents) {
    atRest(into: &sink)
    for key in order where threads[key]?.turn?.isCorrected == true {
      threads[key]?.close("abandoned", into: &sink)
    }
  }

  private mutating func take(_ object: JSONObject, _ number: Int, _ sink: inout ImportedEvents) {
    guard let line = ClaudeLine(object, after: previous) else {
      return sink.report(line: number, "the line has no type")
    }
    if Self.isDecoration(line) { return }
    if !isPlaced {
      guard line.ts != nil, line.session != nil || session != nil else {
        head.append((number, Array(object.raw)))
        if line.type == "user" || line.type == "assistant" { headHasConversation = true }
        session = session ?? line.session
        // A log that never says when or whose it is, is read without.
        if head.count >= Self.headMax { place(nil, &sink) }
        return
      }
      place(line, &sink)
    }
    previous = line.id
    route(line, &sink)
  }

  /// Settles whose log this is and when it begins, and reads what has waited for that.
  private mutating func place(_ line: ClaudeLine?, _ sink: inout ImportedEvents) {
    isPlaced = true
    session = session ?? line?.session
    let waiting = head
    head = []
    if session == nil {
      session = source.name ?? StableHash.hex(waiting.first?.json ?? [])
    }
    // The run's own first event comes first, and what has no time happened then.
    if let line { withThread(line) { $0.start(line, into: &sink) } }
    for (_, json) in waiting {
      json.withUnsafeBytes { bytes in
        guard let value = try? JSONValue.parse(bytes), let object = JSONObject(value),
          let early = ClaudeLine(object, after: previous)
        else { return }
        previous = early.id
        withThread(early) { $0.lastTS = $0.lastTS ?? line?.ts }
        route(early, &sink)
      }
    }
  }

  private static let headMax = 500

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
