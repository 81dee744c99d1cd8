package import Events

/// Reads the messages between `codex app-server` and its client, of one or both directions.
///
/// Each thread is a run. A turn begins and ends as the server says; a step of it, an *item*, is
/// told where it begins as far as it is a call or a prompt, and else where it is complete.
/// `thread/tokenUsage/updated` counts from the beginning of the thread, as the rollouts do, and is
/// judged as those are. Of a thread that was begun before the log, the counts that come before
/// its first turn are what it had.
///
/// The server also writes the rollouts of its threads, which the format `codex` reads: a request
/// that is in the store from there is not counted again here, nor the other way round.
///
/// Not known to the protocol: times, unless a line or its item has one, so that events have the
/// time at which they are stored; the model, where the client's requests and their answers are
/// not in the log; the end of a thread.
///
/// Dropped as decoration: parts of what follows in full (`…/delta` and the like), the state of the
/// turn's changes (`turn/diff/updated`), and what belongs to no thread that was named before. The
/// rest is kept as `codex-app-server.<method>`, with dots for slashes.
package struct CodexAppServerImporter: RememberingImporter {
  package struct Memory: Codable, Sendable {
    var threads: [String: CodexAppThread] = [:]
    var order: [String] = []
    /// The thread that was named last: some messages name none.
    var current: String?
    /// The questions that wait for an answer, by the id of the request.
    var questions: [String: CodexAppQuestion] = [:]
    /// The threads that others have spawned, with who did.
    var parents: [String: String] = [:]
    var previous = ""
  }

  package let source: LogSource
  package var memory = Memory()

  package static var memoryVersion: Int { 2 }

  package init(source: LogSource) {
    self.source = source
  }

  package var runs: [RunID] {
    memory.order.compactMap { memory.threads[$0]?.conversation.run }
  }

  package func isAtWork(_ run: RunID) -> Bool {
    memory.threads.values.contains {
      $0.conversation.run == run && $0.conversation.isAtWork
    }
  }

  package mutating func take(_ line: JSONObject, into sink: inout ImportedEvents) {
    memory.previous = StableHash.hex(line.raw, seed: memory.previous)
    let ts = line.recordedTime
    sink.line = LineContext(number: sink.line.number, id: memory.previous, ts: ts)
    let message = Self.message(of: line)
    let params = message.object("params")
    if let method = message.text("method") {
      if message["id"] != nil, Self.questions.contains(where: { method.hasSuffix($0) }) {
        return ask(message, params, into: &sink)
      }
      read(method, message, params, into: &sink)
    } else if message["result"] != nil || message["error"] != nil {
      readAnswer(message, into: &sink)
    } else {
      sink.report("the line is not a JSON-RPC message")
    }
  }

  /// The requests by which the server asks the person at the client.
  private static let questions = ["/requestApproval", "/requestUserInput", "/elicitation/request"]

  package mutating func atRest(into sink: inout ImportedEvents) {}

  package mutating func beforeSeal(into sink: inout ImportedEvents) {
    sink.line = LineContext()
    for key in memory.order { memory.threads[key]?.conversation.beforeSeal(into: &sink) }
  }

  static func message(of line: JSONObject) -> JSONObject {
    line.message(under: ["message", "msg", "payload", "data", "frame"])
  }

  /// Lends a thread, which is made if this is its first message.
  mutating func withThread(
    _ name: String?,
    _ facts: JSONObject? = nil,
    into sink: inout ImportedEvents,
    _ body: (inout CodexAppThread, inout ImportedEvents) -> Void
  ) {
    let name = name ?? memory.current ?? source.name ?? "unnamed"
    memory.current = name
    var thread: CodexAppThread
    // Lent, so that it is not copied as it is written to.
    if let known = memory.threads.removeValue(forKey: name) {
      thread = known
    } else {
      thread = CodexAppThread(name, facts, parent: memory.parents[name])
      memory.order.append(name)
    }
    thread.start(facts, into: &sink)
    body(&thread, &sink)
    memory.threads[name] = thread
  }
}

/// A question to the person at the client, about an item.
struct CodexAppQuestion: Codable {
  var thread: String
  var item: String
}
