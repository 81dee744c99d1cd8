internal import Events

/// What is remembered of one conversation: the main one, or that of one sub-agent.
struct ClaudeThread {
  let run: RunID
  /// The run whose agent started this one.
  let parent: RunID?
  let session: String?

  var isStarted = false
  var hasProject = false
  /// The model and the title that the run was last told of.
  var model: String?
  var title: String?
  var hasCustomTitle = false
  /// The model message whose lines are still coming.
  var pending: ClaudeMessage?
  /// The last messages whose usage is written, for lines of them that come late.
  var written: [ClaudeMessage] = []
  /// What an earlier generation of the log has written of messages that may have grown since.
  var known: [String: ClaudeCounts] = [:]
  var turn: ClaudeTurn?
  /// The calls without a result, in order.
  var openCalls: [String] = []
  /// The time of the last event: what has no time of its own happened then.
  var lastTS: Timestamp?

  init(run: RunID, parent: RunID?, session: String?) {
    self.run = run
    self.parent = parent
    self.session = session
  }

  /// How many messages are remembered after their usage was written.
  static let writtenMax = 32

  /// Hands an event over.
  ///
  /// Its id is unique in the run: the line's own and, where a line is several events, a word
  /// for which of them it is.
  mutating func emit(
    _ event: Event,
    id: String,
    ts: Timestamp?,
    session: String? = nil,
    bills request: String? = nil,
    into sink: inout ImportedEvents
  ) {
    let time = ts ?? lastTS
    if let time { lastTS = max(lastTS ?? time, time) }
    let event = event.with(ts: time, session: session ?? self.session, id: id)
    sink.append(ImportedEvents.Entry(run: run, event: event))
    if let request { sink.bill(request, to: run) }
  }
}

/// The counts of one model message, as its last line so far gives them.
struct ClaudeMessage {
  let id: String
  var model: String?
  var counts: ClaudeCounts
  var cacheWrite1h: Int64 = 0
  /// The stop reason of any of its lines; where none has one, the output count is a placeholder.
  var stopReason: String?
  var requestID: String?
  var ts: Timestamp?
  /// The session of its last line.
  var session: String?
  /// The usage as the log has it.
  var usage: [UInt8] = []
  /// Whether another run has billed it.
  var isCopied = false
}

/// Token counts that can be added and compared.
struct ClaudeCounts: Hashable {
  var input: Int64 = 0
  var output: Int64 = 0
  var cacheRead: Int64 = 0
  var cacheWrite: Int64 = 0

  var isZero: Bool { self == ClaudeCounts() }

  static func += (lhs: inout ClaudeCounts, rhs: ClaudeCounts) {
    lhs.input += rhs.input
    lhs.output += rhs.output
    lhs.cacheRead += rhs.cacheRead
    lhs.cacheWrite += rhs.cacheWrite
  }

  /// By how much these exceed others, class by class.
  func excess(over other: ClaudeCounts) -> ClaudeCounts {
    ClaudeCounts(
      input: max(0, input - other.input),
      output: max(0, output - other.output),
      cacheRead: max(0, cacheRead - other.cacheRead),
      cacheWrite: max(0, cacheWrite - other.cacheWrite)
    )
  }

  func merged(with other: ClaudeCounts) -> ClaudeCounts {
    ClaudeCounts(
      input: max(input, other.input),
      output: max(output, other.output),
      cacheRead: max(cacheRead, other.cacheRead),
      cacheWrite: max(cacheWrite, other.cacheWrite)
    )
  }
}

/// A turn that is open.
struct ClaudeTurn {
  /// What happened in it last.
  enum Step: String { case prompt, words, call, result, denied }

  /// The prompt's id; `nil` for a turn that began without one.
  var id: String?
  /// What the ids of the turn's own events begin with.
  var anchor: String
  var step = Step.prompt
  /// The time of the last line of the conversation in it.
  var lastTS: Timestamp?
  /// The session of that line.
  var session: String?
  /// Set once the model has said that it is done; it may yet go on, where a hook makes it.
  var ending: Ending?
  /// The tokens of the turn by model, as they should stand in the end.
  var tally: [String: ClaudeCounts] = [:]
  /// Whether the usage events of the turn say less than the tally.
  var isCorrected = false

  struct Ending {
    var stopReason: String?
    /// The message that said so.
    var message: String?
  }
}
