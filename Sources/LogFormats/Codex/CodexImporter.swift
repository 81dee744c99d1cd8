package import Events

/// Reads the rollouts of OpenAI Codex: one line per item of the conversation or event of it.
///
/// A file is a thread, and a thread is a run; that of a sub-agent is a child of its parent's.
/// Dropped, since they are pure decoration that repeats what other lines say:
/// - `token_count` lines that report no new tokens, but rate limits or the last count again;
/// - of a text, a thought, a search or a compaction that is logged both as an event and as an
///   item of the conversation, the one that comes second;
/// - the `state` records of very old rollouts;
/// - what a fork has copied of its parent's history, but for its token counts, which become
///   `usage` with `copied`;
/// - of thoughts, the encrypted form.
///
/// Everything else that has no kind of its own becomes an event `codex.<type>` with the whole
/// payload of the line.
package struct CodexImporter: LogImporter {
  package let source: LogSource
  /// The thread whose log this is; `nil` until the first line.
  var thread: CodexThread?

  package init(source: LogSource) {
    self.source = source
  }

  package var runs: [RunID] { thread.map { [$0.run] } ?? [] }

  /// Whether a fork waits to be told where its own part begins.
  ///
  /// Its log gives no turn ids, and neither its parent nor a sibling is in the store: an import
  /// of either, and then another `atRest`, settles it.
  package var isUndecided: Bool { thread?.fork?.held.isEmpty == false }

  package mutating func read(
    line: UnsafeRawBufferPointer,
    number: Int,
    into sink: inout ImportedEvents
  ) {
    LogLines.forEachValue(on: line, number: number, into: &sink) { value, sink in
      guard let object = JSONObject(value) else {
        return sink.report(line: number, "the line is JSON, but no object")
      }
      guard let line = CodexLine(object) else {
        return sink.report(line: number, "the line has no type")
      }
      take(line, &sink)
    }
  }

  package mutating func atRest(into sink: inout ImportedEvents) {
    thread?.settleFork(into: &sink)
    thread?.endTurnIfAnswered(into: &sink)
  }

  package mutating func startOver() {
    // Ids come from what the lines say: what is stored already is met again and skipped.
    self = CodexImporter(source: source)
  }

  package mutating func beforeSeal(into sink: inout ImportedEvents) {
    thread?.flushCandidate(into: &sink)
    atRest(into: &sink)
  }

  private mutating func take(_ line: CodexLine, _ sink: inout ImportedEvents) {
    // Taken out while it changes, so that its arrays are changed in place.
    var thread = self.thread ?? CodexThread(id: threadID(line), meta: line)
    self.thread = nil
    thread.read(line, into: &sink)
    self.thread = thread
  }

  /// A log that was cut has no header, but its file may be named after the thread.
  private func threadID(_ line: CodexLine) -> String {
    if line.type == "session_meta", let id = line.payload.text("id") { return id }
    guard let name = source.name else { return StableHash.hex(line.object.raw) }
    return CodexUUID.atEnd(of: name) ?? name
  }
}
