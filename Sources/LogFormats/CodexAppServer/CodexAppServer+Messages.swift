internal import Events

extension CodexAppServerImporter {
  /// Messages that add nothing: parts of what follows in full.
  private static let parts = ["elta", "/progress", "/summaryPartAdded", "/diff/updated"]

  mutating func read(
    _ method: String,
    _ message: JSONObject,
    _ params: JSONObject?,
    into sink: inout ImportedEvents
  ) {
    guard !Self.parts.contains(where: { method.hasSuffix($0) }) else { return }
    let facts = method == "thread/started" ? params?.object("thread") : nil
    let name = facts?.text("id") ?? params?.text("threadId")
    // What belongs to no thread: the client's beginning, the account, servers of tools.
    let isNews = message["id"] == nil
    let isOfTurn = method.hasPrefix("turn/") || method.hasPrefix("item/")
    guard name != nil || isNews && (memory.current != nil || isOfTurn) else { return }
    if let facts, let name { noteParent(of: name, facts) }
    let line = sink.line
    withThread(name, facts, into: &sink) { thread, sink in
      switch method {
      case "turn/started":
        thread.startTurn(params?.object("turn"), into: &sink)
      case "turn/completed":
        thread.endTurn(params?.object("turn"), into: &sink)
      case "item/started", "item/completed":
        guard let params else { return }
        thread.readItem(of: params, isDone: method == "item/completed", into: &sink)
      case "thread/tokenUsage/updated":
        thread.count(params, into: &sink)
      case "error":
        thread.fail(params, into: &sink)
      case "thread/compacted":
        if !thread.hasCompacted { thread.compact(into: &sink) }
      case "account/rateLimits/updated":
        thread.readLimits(params?.object("rateLimits"), message, into: &sink)
      case "model/rerouted":
        thread.use(model: params?.text("toModel"), into: &sink)
      case "thread/name/updated":
        let title = params?.text("threadName") ?? params?.text("name")
        thread.conversation.tell(RunFacts(title: title), into: &sink)
      case "turn/start", "thread/resume":
        thread.use(model: params?.text("model"), into: &sink)
        thread.keep(method, message, into: &sink)
      case "thread/started":
        // One that goes on is only answered for.
        if facts?["forkedFromId"] == nil, !thread.hasHadTurn { thread.isWhole = true }
      default:
        thread.keep(method, message, into: &sink)
      }
    }
    sink.line = line
    if method == "serverRequest/resolved" { resolve(params, into: &sink) }
    if method == "item/completed", let item = params?.object("item") {
      noteSpawned(by: item, into: &sink)
    }
  }

  /// The answer to a request of either side: they are told apart by what they hold.
  mutating func readAnswer(_ message: JSONObject, into sink: inout ImportedEvents) {
    if let key = Self.key(message), let result = message.object("result"),
      result["thread"] == nil, let question = memory.questions[key], Self.isAnswer(result)
    {
      memory.questions[key] = nil
      let decision = result.text("decision") ?? result.text("action")
      let isRefused = decision.map { ["decline", "cancel", "denied"].contains($0) } ?? false
      return answer(question, isRefused ? "deny" : "allow", into: &sink)
    }
    // The answer to the beginning of a thread, or of its going on.
    guard let result = message.object("result"), let facts = result.object("thread"),
      let name = facts.text("id")
    else { return }
    noteParent(of: name, facts)
    withThread(name, facts, into: &sink) { thread, sink in
      thread.use(model: result.text("model"), into: &sink)
    }
  }

  private static func isAnswer(_ result: JSONObject) -> Bool {
    let keys: [StaticString] = ["decision", "permissions", "answers", "action"]
    return keys.contains { result[$0] != nil }
  }

  private static func key(_ message: JSONObject) -> String? {
    message["id"].map { String(decoding: $0.raw, as: UTF8.self) }
  }

  // MARK: Questions

  mutating func ask(
    _ message: JSONObject,
    _ params: JSONObject?,
    into sink: inout ImportedEvents
  ) {
    guard let item = params?.text("itemId"), let key = Self.key(message) else { return }
    let name = params?.text("threadId") ?? memory.current ?? ""
    memory.questions[key] = CodexAppQuestion(thread: name, item: item)
    let time = params?.milliseconds("startedAtMs")
    let tool = message.text("method")?.split(separator: "/").dropFirst().first.map(String.init)
    withThread(name, into: &sink) { thread, sink in
      let event = Event.permissionRequest(id: item, name: tool.map(CodexAppThread.snake))
      thread.conversation.emit(event.with(ts: time), into: &sink)
    }
  }

  private mutating func answer(
    _ question: CodexAppQuestion,
    _ decision: String,
    _ part: String? = nil,
    into sink: inout ImportedEvents
  ) {
    withThread(question.thread, into: &sink) { thread, sink in
      let event = Event.make(.permissionDecision) { json in
        json.member("id", question.item)
        json.member("decision", decision)
      }
      let producer: Producer = decision == "resolved" ? .system : .user
      thread.conversation.emit(event.with(producer: producer), part, into: &sink)
    }
  }

  /// A question was withdrawn, and no answer to it was seen: the item says what became of it.
  private mutating func resolve(_ params: JSONObject?, into sink: inout ImportedEvents) {
    guard let key = params?["requestId"].map({ String(decoding: $0.raw, as: UTF8.self) }),
      let question = memory.questions.removeValue(forKey: key)
    else { return }
    answer(question, "resolved", "resolved", into: &sink)
  }

  // MARK: Threads of sub-agents

  private mutating func noteParent(of name: String, _ facts: JSONObject) {
    let spawned = facts["source"]?["subAgent"]?["thread_spawn"]?["parent_thread_id"]?.text
    guard let parent = spawned ?? facts.text("parentThreadId"), parent != name else { return }
    memory.parents[name] = parent
  }

  /// An agent that spawns another names its thread.
  private mutating func noteSpawned(by item: JSONObject, into sink: inout ImportedEvents) {
    guard item["type"]?.equals("collabAgentToolCall") == true,
      item["tool"]?.equals("spawnAgent") == true, let parent = item.text("senderThreadId")
    else { return }
    for child in item["receiverThreadIds"].texts where child != parent {
      guard memory.parents[child] == nil else { continue }
      memory.parents[child] = parent
      guard memory.threads[child] != nil else { continue }
      var facts = RunFacts()
      facts.parent = CodexAppThread.run(parent)
      sink.line.id = "parent"
      memory.threads[child]?.conversation.tell(facts, into: &sink)
    }
  }
}
