package import Events

/// Reads what `codex exec --json` prints: one line per step of one thread.
///
/// Nothing in it has a time, so events happen when they are stored. Its log is that of a finished
/// process: at rest behind the end of a turn, the run has ended; the log of another process that
/// goes on with the thread resumes it. Dropped, since they are pure
/// decoration that repeats what follows in full: `item.updated`, and `item.started` of texts and
/// thoughts. Everything else that has no kind of its own becomes an event `codex-exec.<type>`
/// with the whole line.
package struct CodexExecImporter: RememberingImporter {
  package struct Memory: Codable, Sendable {
    var threads: [String: CodexExecThread] = [:]
    var order: [String] = []
    /// The thread whose lines are being read; `nil` until a line has told.
    var current: String?
    /// The name of the line before: lines without ids are told apart by what they follow.
    var previous = ""
  }

  package let source: LogSource
  package var memory = Memory()

  package static var memoryVersion: Int { 2 }

  package init(source: LogSource) {
    self.source = source
  }

  package var runs: [RunID] { memory.order.compactMap { memory.threads[$0]?.run } }

  package func isAtWork(_ run: RunID) -> Bool {
    memory.threads.values.contains { $0.run == run && $0.isAtWork }
  }

  package mutating func take(_ object: JSONObject, into sink: inout ImportedEvents) {
    guard let type = object.text("type") else { return sink.report("the line has no type") }
    // Each process begins a new chain: its lines are named alike wherever its log was put.
    if type == "thread.started" { memory.previous = "" }
    memory.previous = StableHash.hex(object.raw, seed: memory.previous)
    sink.line = LineContext(number: sink.line.number, id: memory.previous)
    let named = type == "thread.started" ? object.text("thread_id") : nil
    let id = named ?? memory.current ?? object.text("thread_id") ?? source.name ?? memory.previous
    memory.current = id
    var thread = memory.threads.removeValue(forKey: id) ?? CodexExecThread(id)
    if !memory.order.contains(id) { memory.order.append(id) }
    thread.take(object, type, into: &sink)
    memory.threads[id] = thread
  }

  package mutating func atRest(into sink: inout ImportedEvents) {
    sink.line = LineContext(id: memory.previous)
    for id in memory.order { memory.threads[id]?.rest(into: &sink) }
  }

  package mutating func beforeSeal(into sink: inout ImportedEvents) {
    atRest(into: &sink)
  }
}
