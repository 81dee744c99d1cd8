internal import Events

/// What is remembered of one thread.
struct CodexThread: Codable {
  let id: String
  /// Whether it is read from what another log has copied of it, and not from its own.
  let isCopy: Bool
  var conversation: Conversation
  var facts = CodexFacts()
  /// Whether a header has named the thread, rather than the file.
  var hasHeader = false
  /// Whether anything but headers was read.
  var hasBody = false

  /// The model that is asked, the service tier where it changes the price, and who approves.
  var model: String?
  var tier: String?
  var approvals = CodexApprovals()
  var counter = CodexCounter()
  var billing = CodexBilling()
  /// The models of the last turns.
  var turnModels: [String: String] = [:]
  var contextWindow: Int64?

  /// Set while the history that a fork has copied is being read.
  var fork: CodexFork?
  /// Whether the thread goes on with what another one had begun.
  var isFork = false
  /// What this format remembers of the turn that is open.
  var notes = CodexTurnNotes()
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
  var limitReached: String?
  var names: CodexNames
  /// When what is copied was lived, as far as its lines tell.
  var lived: Timestamp?
  var turnStart: Timestamp?

  init(id: String, names style: CodexNames.Style, isCopy: Bool = false) {
    self.id = id
    self.isCopy = isCopy
    names = CodexNames(style: style)
    conversation = Conversation(format: "codex", run: Self.run(id), session: id)
  }

  var run: RunID { conversation.run }

  /// The run of a thread; an id that cannot be a run's is hashed.
  static func run(_ id: String) -> RunID { Conversation.run("codex", id) }

  /// Takes what the thread's header says.
  mutating func take(header line: CodexLine) {
    facts = CodexFacts(line.payload, thread: id, ts: line.ts)
    conversation.session = facts.session ?? id
    hasHeader = true
    billing.isRecorded = facts.hasUsageRecords
  }

  // MARK: Events

  /// Says which line is being read.
  mutating func begin(_ line: CodexLine, into sink: inout ImportedEvents) {
    let name = names.name(line, in: notes.key)
    sink.line = LineContext(number: sink.line.number, id: name, ts: line.ts)
  }

  /// Writes an event with an id of the log's own, or of what the line says.
  mutating func emit(
    _ event: Event,
    id: String? = nil,
    ts: Timestamp? = nil,
    into sink: inout ImportedEvents
  ) {
    conversation.emit(event.with(ts: ts, id: id), into: &sink)
  }

  /// Keeps a line as an event of this format's own kind.
  mutating func keep(_ line: CodexLine, into sink: inout ImportedEvents) {
    emit(line.rawEvent, into: &sink)
  }
}

/// What this format remembers of a turn, beside what all formats do.
struct CodexTurnNotes: Codable {
  /// The anchor of the turn that this is about.
  var anchor: String?
  /// Whether the log says when the turn is over.
  var isExplicit = false
  /// The failure that the turn ends with, if nothing else follows it.
  var failure: String?
  var hasText = false
  /// What lines of the turn are told from those of others by, in names that do not depend on times.
  var key = "0"
  /// How many turns there were.
  var count: Int64 = 0
}

/// Who decides whether a command may leave the sandbox.
struct CodexApprovals: Codable {
  var policy: String?
  var reviewer: String?

  /// Whether a person is asked: the policy may be to ask for nothing, or to ask another model.
  var askPerson: Bool { policy != "never" && (reviewer == nil || reviewer == "user") }

  mutating func take(_ settings: JSONObject) {
    policy = settings.text("approval_policy") ?? policy
    reviewer = settings.text("approvals_reviewer") ?? reviewer
  }
}

/// Gives names to lines that have none: what they say, hashed.
///
/// So a line has the same name wherever in a file it stands.
struct CodexNames: Codable {
  enum Style: String, Codable {
    /// With the time at which the line was written.
    case written
    /// Without it, but with the turn: a copy has the same names as what it was copied from.
    case copied
  }

  var style: Style
  /// The name of the line before.
  private var previous = ""
  /// What the names were given for that lines now may have to be told from.
  private var place = ""
  private var given: [String: Int] = [:]

  init(style: Style) { self.style = style }

  mutating func name(_ line: CodexLine, in turn: String) -> String {
    guard style == .written else {
      let hash = StableHash.hex(line.payload.raw)
      return turn + "/" + name(hash, at: turn)
    }
    guard let ts = line.ts else {
      // Without times many lines are alike, and are told apart by what they follow.
      previous = StableHash.hex(line.object.raw, seed: previous)
      return previous
    }
    return name(StableHash.hex(line.object.raw), at: "\(ts.microseconds)")
  }

  private mutating func name(_ hash: String, at place: String) -> String {
    if place != self.place {
      self.place = place
      given = [:]
    }
    let copies = (given[hash] ?? 0) + 1
    if given.count < 4000 { given[hash] = copies }
    return copies == 1 ? hash : "\(hash)/\(copies)"
  }
}
