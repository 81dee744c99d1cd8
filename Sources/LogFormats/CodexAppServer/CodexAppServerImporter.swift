package import Events

/// Reads the messages between `codex app-server` and its client, of one or both directions.
///
/// Each thread is a run. A turn begins and ends as the server says; a step of it, an *item*, is
/// told where it begins as far as it is a call or a prompt, and else where it is complete.
/// `thread/tokenUsage/updated` counts from the beginning of the thread, so a request is what the
/// counts have grown by. Of a thread that was begun before the log, the counts that come before
/// its first turn are what it had, and else its first request is what the server calls the last.
///
/// The server also writes the rollouts of its threads, which the format `codex` reads: a request
/// that is in the store from there is `copied` here, and the other way round.
///
/// Not known to the protocol: times, unless a line or its item has one, so that events have the
/// time at which they are stored; the model, where the client's requests and their answers are
/// not in the log; the end of a thread.
///
/// Dropped as decoration: parts of what follows in full (`…/delta` and the like), the state of the
/// turn's changes (`turn/diff/updated`), and what belongs to no thread that was told of before. The
/// rest is kept as `codex-app-server.<method>`, with dots for slashes.
package struct CodexAppServerImporter: LineImporter {
  package let source: LogSource
  var threads: [String: CodexAppThread] = [:]
  var order: [String] = []
  /// The thread that was told of last: some messages name none.
  var current: String?
  /// The questions that wait for an answer, by the id of the request.
  var questions: [String: CodexAppQuestion] = [:]
  /// The threads that others have spawned, with who did.
  var parents: [String: String] = [:]
  private var previous = ""

  package init(source: LogSource) {
    self.source = source
  }

  package var runs: [RunID] { order.compactMap { threads[$0]?.transcript.run } }

  package mutating func take(
    _ line: JSONObject,
    _ number: Int,
    _ sink: inout ImportedEvents
  ) {
    let id = StableHash.hex(line.raw, seed: previous)
    previous = id
    let ts = line.recordedTime
    let message = Self.message(of: line)
    let params = message.object("params")
    if let method = message.text("method") {
      if message["id"] != nil, method.hasSuffix("/requestApproval") {
        return ask(message, params, id: id, ts: ts, &sink)
      }
      read(method, message, params, id: id, ts: ts, &sink)
    } else if message["result"] != nil || message["error"] != nil {
      readAnswer(message, id: id, ts: ts, &sink)
    } else {
      sink.report(line: number, "the line is no JSON-RPC message")
    }
  }

  package mutating func atRest(into sink: inout ImportedEvents) {}

  package mutating func beforeSeal(into sink: inout ImportedEvents) {
    for key in order { threads[key]?.transcript.endTurn(into: &sink) }
  }

  static func message(of line: JSONObject) -> JSONObject {
    line.message(under: ["message", "msg", "payload", "data", "frame"])
  }

  /// Lends a thread, made anew where this is the first of it.
  mutating func withThread(
    _ name: String?,
    _ facts: JSONObject? = nil,
    ts: Timestamp?,
    _ sink: inout ImportedEvents,
    _ body: (inout CodexAppThread, inout ImportedEvents) -> Void
  ) {
    let name = name ?? current ?? source.name ?? "unnamed"
    current = name
    var thread: CodexAppThread
    if let known = threads[name] {
      thread = known
    } else {
      thread = CodexAppThread(name, facts, parent: parents[name])
      order.append(name)
    }
    // Lent, so that it is not copied as it is written to.
    threads[name] = nil
    thread.start(facts, ts: ts, into: &sink)
    body(&thread, &sink)
    threads[name] = thread
  }

  // MARK: Memory

  package func write(to json: inout JSONWriter) {
    json.member("previous", previous)
    json.member("current", ifPresent: current)
    json.member("order", order)
    json.object("threads") { json in
      for (name, thread) in threads.sorted(by: { $0.key < $1.key }) {
        json.object(name) { thread.write(to: &$0) }
      }
    }
    json.object("questions") { json in
      for (key, question) in questions.sorted(by: { $0.key < $1.key }) {
        json.member(key, [question.thread, question.item])
      }
    }
    json.object("parents") { json in
      for (child, parent) in parents.sorted(by: { $0.key < $1.key }) { json.member(child, parent) }
    }
  }

  package mutating func restore(_ state: JSONObject) -> Bool {
    previous = state["previous"]?.string ?? ""
    current = state.text("current")
    order = state["order"].texts
    state["threads"]?.forEachMember { name, value in
      threads[String(decoding: name, as: UTF8.self)] = CodexAppThread(state: JSONObject(value))
    }
    state["questions"]?.forEachMember { key, value in
      let parts = Optional(value).texts
      guard parts.count == 2 else { return }
      questions[String(decoding: key, as: UTF8.self)] =
        CodexAppQuestion(thread: parts[0], item: parts[1])
    }
    state["parents"]?.forEachMember { child, parent in
      parents[String(decoding: child, as: UTF8.self)] = parent.string
    }
    return order.allSatisfy { threads[$0] != nil }
  }
}

/// A question to the person at the client, about an item.
struct CodexAppQuestion {
  var thread: String
  var item: String
}
