internal import Events

/// What is remembered of one thread.
struct CodexThread {
  let id: String
  let run: RunID
  var facts = CodexFacts()

  var isStarted = false
  var hasProject = false
  /// The model that is asked, and what the run was last told of it and of its title.
  var model: String?
  var toldModel: String?
  var title: String?
  /// What the line before came to in the cumulative count of tokens, and on its own.
  var total: CodexCounts?
  var last: CodexCounts?
  /// How often the cumulative count was set back.
  var resets: Int64 = 0
  /// Set while the history that a fork has copied is being read.
  var fork: CodexFork?
  var turn: CodexTurn?
  var calls = CodexCalls()
  /// What was told once and may be told again in another form.
  var pairs = CodexPairs()
  /// Whether prompts are told as events; in logs where they are not, they are found among the
  /// items of the conversation.
  var hasUserMessages = false
  /// An item that may be a prompt, until the next line tells.
  var candidate: CodexPrompt?
  /// When the limit that is reached ends.
  var limitEnds: Timestamp?
  /// The time of the last event: what has no time of its own happened then.
  var lastTS: Timestamp?
  var limitReached: String?
  /// Whether the thread goes on with what another one had begun.
  var isFork = false
  /// Whether requests are named as its own, and not as what it may have copied.
  var namesOwn = false
  var names = CodexNames()
  /// The name of the line that is being read, once it was asked for.
  var lineName: String?

  init(id: String) {
    self.id = id
    run = Self.run(id)
  }

  /// Begins a thread with its first line.
  init(id: String, meta line: CodexLine) {
    self.init(id: id)
    guard line.type == "session_meta" else { return }
    facts = CodexFacts(line.payload, thread: id, ts: line.ts)
    if let origin = facts.forkedFrom {
      fork = CodexFork(ancestors: [origin], createdMs: facts.createdMs, ts: line.ts)
    }
  }

  /// The run of a thread; an id that can't be a run's is hashed.
  static func run(_ id: String) -> RunID {
    if let run = RunID(rawValue: "codex:" + id) { return run }
    guard let run = RunID(rawValue: "codex:" + StableHash.hex(id.utf8)) else {
      preconditionFailure("22 ASCII letters make a run id")
    }
    return run
  }

  /// Hands an event over.
  ///
  /// Its id is unique in the run: made of the source's own ids where there are any, else of
  /// what the line says.
  mutating func emit(
    _ event: Event,
    id: String,
    ts: Timestamp?,
    bills request: String? = nil,
    into sink: inout ImportedEvents
  ) {
    let time = ts ?? lastTS
    if let time { lastTS = max(lastTS ?? time, time) }
    let event = event.with(ts: time, session: facts.session ?? self.id, id: id)
    sink.append(ImportedEvents.Entry(run: run, event: event))
    if let request { sink.bill(request, to: run) }
  }

  /// The name of a line, which is the same however often it is asked for.
  mutating func name(_ line: CodexLine) -> String {
    if let lineName { return lineName }
    let name = names.name(line)
    lineName = name
    return name
  }

  /// Keeps a line as an event of this format's own kind.
  mutating func keep(_ line: CodexLine, into sink: inout ImportedEvents) {
    emit(line.rawEvent, id: name(line), ts: line.ts, into: &sink)
  }
}

/// What the header of a rollout says of its thread.
struct CodexFacts {
  /// The thread whose agent started this one.
  var parent: String?
  /// The thread whose history this one begins with.
  var forkedFrom: String?
  var session: String?
  /// When the thread was made, in milliseconds.
  var createdMs: Int64?

  init() {}

  init(_ meta: JSONObject, thread: String, ts: Timestamp?) {
    let agent = meta["source"]?["subagent"]
    forkedFrom = meta.text("forked_from_id")
    parent = meta.text("parent_thread_id") ?? agent?["thread_spawn"]?["parent_thread_id"]?.text
    // A fork that a person made stands for itself; one that is a sub-agent belongs to its origin.
    if agent != nil { parent = parent ?? forkedFrom }
    session = meta.text("session_id") ?? parent
    let stamp = meta.text("timestamp").flatMap { Timestamp($0) } ?? ts
    createdMs = CodexUUID.milliseconds(thread) ?? stamp.map { $0.microseconds / 1000 }
  }
}

/// Gives names to lines that have none: what they say, hashed.
///
/// So a line has the same name wherever in a file it stands.
struct CodexNames {
  /// The name of the line before.
  var previous = ""
  /// The names that were given to lines of the last time.
  var ts: Timestamp?
  var given: [String] = []

  mutating func name(_ line: CodexLine) -> String {
    guard let ts = line.ts else {
      // Without times many lines are alike, and are told apart by what they follow.
      previous = StableHash.hex(line.object.raw, seed: previous)
      return previous
    }
    let hash = StableHash.hex(line.object.raw)
    if ts != self.ts {
      self.ts = ts
      given = []
    }
    let copies = given.count { $0 == hash }
    if given.count < 1000 { given.append(hash) }
    previous = copies == 0 ? hash : "\(hash)/\(copies + 1)"
    return previous
  }
}
