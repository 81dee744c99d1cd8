internal import Events

extension CodexAppServerImporter {
  /// Messages that add nothing: parts of what follows in full.
  private static let parts = ["elta", "/progress", "/summaryPartAdded", "/diff/updated"]

  mutating func read(
    _ method: String,
    _ message: JSONObject,
    _ params: JSONObject?,
    id: String,
    ts: Timestamp?,
    _ sink: inout ImportedEvents
  ) {
    guard !Self.parts.contains(where: { method.hasSuffix($0) }) else { return }
    let facts = method == "thread/started" ? params?.object("thread") : nil
    let name = facts?.text("id") ?? params?.text("threadId")
    // What belongs to no thread: the client's beginning, the account, servers of tools.
    let isNews = message["id"] == nil
    let isOfTurn = method.hasPrefix("turn/") || method.hasPrefix("item/")
    guard name != nil || isNews && (current != nil || isOfTurn) else { return }
    if let facts, let name { noteParent(of: name, facts) }
    withThread(name, facts, ts: ts, &sink) { thread, sink in
      switch method {
      case "turn/started":
        thread.startTurn(params?.object("turn"), id: id, ts: ts, into: &sink)
      case "turn/completed":
        thread.endTurn(params?.object("turn"), id: id, ts: ts, into: &sink)
      case "item/started", "item/completed":
        guard let params else { return }
        let isDone = method == "item/completed"
        thread.readItem(of: params, isDone: isDone, id: id, ts: ts, into: &sink)
      case "thread/tokenUsage/updated":
        thread.count(params, ts: ts, into: &sink)
      case "error":
        thread.fail(params, id: id, ts: ts, into: &sink)
      case "thread/compacted":
        if !thread.hasCompacted { thread.compact(id: id, ts: ts, into: &sink) }
      case "account/rateLimits/updated":
        thread.readLimits(params?.object("rateLimits"), message, id: id, ts: ts, into: &sink)
      case "model/rerouted":
        let model = params?.text("toModel")
        thread.transcript.use(model: model, id: id, ts: ts, into: &sink)
      case "thread/name/updated":
        let title = params?.text("threadName") ?? params?.text("name")
        thread.transcript.call(itself: title, id: id, ts: ts, into: &sink)
      case "turn/start", "thread/resume":
        thread.transcript.use(model: params?.text("model"), id: id, ts: ts, into: &sink)
        thread.keep(method, message, id: id, ts: ts, into: &sink)
      case "thread/started":
        // One that goes on is only answered for.
        if facts?["forkedFromId"] == nil, !thread.hasHadTurn { thread.isWhole = true }
      default:
        thread.keep(method, message, id: id, ts: ts, into: &sink)
      }
    }
    if method == "serverRequest/resolved" { resolve(params, id: id, ts: ts, &sink) }
    if method == "item/completed", let item = params?.object("item") {
      noteSpawned(by: item, id: id, ts: ts, &sink)
    }
  }

  /// The answer to a request of either side: they are told apart by what they hold.
  mutating func readAnswer(
    _ message: JSONObject,
    id: String,
    ts: Timestamp?,
    _ sink: inout ImportedEvents
  ) {
    let key = Self.key(message)
    if let key, let result = message.object("result"), result["thread"] == nil,
      let question = questions[key], result["decision"] != nil || result["permissions"] != nil
    {
      questions[key] = nil
      let decision = result.text("decision")
      let isRefused = decision == "decline" || decision == "cancel" || decision == "denied"
      return answer(question, isRefused ? "deny" : "allow", id: id, ts: ts, &sink)
    }
    // The answer to the beginning of a thread, or of its going on.
    guard let result = message.object("result"), let facts = result.object("thread"),
      let name = facts.text("id")
    else { return }
    noteParent(of: name, facts)
    withThread(name, facts, ts: ts, &sink) { thread, sink in
      let model = result.text("model")
      thread.transcript.use(model: model, id: id, ts: ts, into: &sink)
    }
  }

  private static func key(_ message: JSONObject) -> String? {
    message["id"].map { String(decoding: $0.raw, as: UTF8.self) }
  }

  // MARK: Questions

  mutating func ask(
    _ message: JSONObject,
    _ params: JSONObject?,
    id: String,
    ts: Timestamp?,
    _ sink: inout ImportedEvents
  ) {
    guard let item = params?.text("itemId"), let key = Self.key(message) else { return }
    let name = params?.text("threadId") ?? current ?? ""
    questions[key] = CodexAppQuestion(thread: name, item: item)
    let time = params?.milliseconds("startedAtMs") ?? ts
    let tool = message.text("method")?.split(separator: "/").dropFirst().first.map(String.init)
    withThread(name, ts: ts, &sink) { thread, sink in
      let event = Event.permissionRequest(id: item, name: tool.map(CodexAppThread.snake))
      thread.transcript.emit(event, id: id, ts: time, into: &sink)
    }
  }

  private mutating func answer(
    _ question: CodexAppQuestion,
    _ decision: String,
    id: String,
    ts: Timestamp?,
    _ sink: inout ImportedEvents
  ) {
    withThread(question.thread, ts: ts, &sink) { thread, sink in
      let event = Event.make(.permissionDecision) { json in
        json.member("id", question.item)
        json.member("decision", decision)
      }
      let producer: Producer = decision == "resolved" ? .system : .user
      thread.transcript.emit(event.with(producer: producer), id: id, ts: ts, into: &sink)
    }
  }

  /// A question is no more, and nobody was seen to answer it: what became of it the item says.
  private mutating func resolve(
    _ params: JSONObject?,
    id: String,
    ts: Timestamp?,
    _ sink: inout ImportedEvents
  ) {
    guard let key = params?["requestId"].map({ String(decoding: $0.raw, as: UTF8.self) }),
      let question = questions.removeValue(forKey: key)
    else { return }
    answer(question, "resolved", id: id + "/resolved", ts: ts, &sink)
  }

  // MARK: Threads of sub-agents

  private mutating func noteParent(of name: String, _ facts: JSONObject) {
    let spawned = facts["source"]?["subAgent"]?["thread_spawn"]?["parent_thread_id"]?.text
    guard let parent = spawned ?? facts.text("parentThreadId"), parent != name else { return }
    parents[name] = parent
  }

  /// An agent that spawns another names its thread.
  private mutating func noteSpawned(
    by item: JSONObject,
    id: String,
    ts: Timestamp?,
    _ sink: inout ImportedEvents
  ) {
    guard item["type"]?.equals("collabAgentToolCall") == true,
      item["tool"]?.equals("spawnAgent") == true, let parent = item.text("senderThreadId")
    else { return }
    for child in item["receiverThreadIds"].texts where child != parent && parents[child] == nil {
      parents[child] = parent
      guard var thread = threads[child] else { continue }
      let event = Event.make(.runStarted) { json in
        json.member("parent_run", CodexAppThread.run(parent).rawValue)
      }
      thread.transcript.emit(event, id: "parent", ts: ts, into: &sink)
      threads[child] = thread
    }
  }
}
