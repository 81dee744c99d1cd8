package import Events

/// Reads the rollouts of OpenAI Codex: one line per item of the conversation or event of it.
///
/// A thread is a run; that of a sub-agent is a child of its parent's. A file is one thread, but for
/// what a fork has copied of its parent's history, and for logs that were put together.
/// What is copied belongs to the run that lived it: it is written there as long as that thread's own
/// log was not imported.
///
/// Dropped, since they are pure decoration that repeats what other lines say:
/// - `token_count` lines that report no new tokens, but rate limits or the last count again;
/// - of a text, a thought, a search or a compaction that is logged both as an event and as an
///   item of the conversation, the one that comes second;
/// - the `state` records of very old rollouts;
/// - of thoughts, the encrypted form.
///
/// Everything else that has no kind of its own becomes an event `codex.<type>` with the whole
/// payload of the line.
package struct CodexImporter: RememberingImporter {
  package struct Memory: Codable, Sendable {
    /// The threads whose own log this is.
    var threads: [String: CodexThread] = [:]
    var order: [String] = []
    /// The thread whose lines are being read; `nil` until the first line.
    var current: String?
    /// The threads of which this log has a copy, and no other log was imported.
    var copies: [String: CodexThread] = [:]
    var copyOrder: [String] = []
  }

  package let source: LogSource
  package var memory = Memory()

  package static var memoryVersion: Int { 2 }

  package init(source: LogSource) {
    self.source = source
  }

  package var runs: [RunID] {
    memory.order.compactMap { memory.threads[$0]?.run }
      + memory.copyOrder.compactMap { memory.copies[$0]?.run }
  }

  /// Whether a fork waits to be told where its own part begins.
  ///
  /// Its log gives no turn ids, and neither its parent nor a sibling is in the store: an import
  /// of either, and then another `atRest`, settles it.
  package var isUndecided: Bool { memory.threads.values.contains { $0.fork?.isWaiting == true } }

  package func isAtWork(_ run: RunID) -> Bool {
    for thread in memory.threads.values where thread.run == run {
      return thread.candidate != nil || thread.conversation.isAtWork
    }
    return memory.copies.values.contains { $0.run == run && $0.conversation.isAtWork }
  }

  package mutating func take(_ object: JSONObject, into sink: inout ImportedEvents) {
    guard let line = CodexLine(object) else { return sink.report("the line has no type") }
    if line.type == "session_meta" { return takeHeader(line, into: &sink) }
    let current = memory.current ?? begin(line, into: &sink)
    withThread(current) { $0.take(line, into: &sink, copies: &$1) }
  }

  package mutating func atRest(into sink: inout ImportedEvents) {
    for id in memory.order {
      withThread(id) { $0.settleFork(into: &sink, copies: &$1) }
    }
  }

  package mutating func beforeSeal(into sink: inout ImportedEvents) {
    sink.line = LineContext()
    atRest(into: &sink)
    for id in memory.order { memory.threads[id]?.beforeSeal(into: &sink) }
    for id in memory.copyOrder { memory.copies[id]?.beforeSeal(into: &sink) }
  }

  /// Lends a thread, which is not copied as it is written to.
  private mutating func withThread(
    _ id: String,
    _ body: (inout CodexThread, inout CodexCopies) -> Void
  ) {
    guard var thread = memory.threads.removeValue(forKey: id) else { return }
    var copies = CodexCopies(threads: memory.copies, order: memory.copyOrder)
    memory.copies = [:]
    body(&thread, &copies)
    memory.copies = copies.threads
    memory.copyOrder = copies.order
    memory.threads[id] = thread
  }

  // MARK: Threads

  /// Begins the thread of a line that is not a header; returns its id.
  private mutating func begin(_ line: CodexLine, into sink: inout ImportedEvents) -> String {
    // A log that was cut has no header, but its file may be named after the thread.
    let named = source.name.map { CodexUUID.atEnd(of: $0) ?? $0 }
    let id = line.payload.text("thread_id") ?? named ?? StableHash.hex(line.object.raw)
    begin(id, into: &sink)
    return id
  }

  private mutating func begin(_ id: String, into sink: inout ImportedEvents) {
    let fact = CodexCopies.fact(of: id)
    if sink.facts[fact] == nil { sink.facts[fact] = CodexCopies.own }
    let isKnownByCopy = sink.facts[fact] == CodexCopies.copy
    memory.threads[id] = CodexThread(id: id, names: isKnownByCopy ? .copied : .written)
    memory.order.append(id)
    memory.current = id
  }

  /// A header begins a thread, goes on with one, or names one whose history is copied.
  private mutating func takeHeader(_ line: CodexLine, into sink: inout ImportedEvents) {
    guard let id = line.payload.text("id") ?? line.payload.text("session_id") else {
      return sink.report("the header names no thread")
    }
    if let current = memory.current, current != id, memory.threads[current]?.isAtHead == true {
      return withThread(current) { $0.take(ancestor: id, line, &$1, into: &sink) }
    }
    if memory.threads[id] == nil {
      begin(id, into: &sink)
      memory.threads[id]?.take(own: line)
    }
    memory.current = id
    withThread(id) { thread, _ in thread.read(line, into: &sink) }
  }
}
