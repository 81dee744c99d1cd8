internal import Events

/// A turn of a conversation that is open.
struct ConversationTurn: Codable {
  /// What happened in it last.
  enum Step: String, Codable { case prompt, words, call, result, denied }

  /// The id that the agent or its prompt gave it; `nil` for a turn that began without one.
  var id: String?
  /// What the ids of the turn's own events begin with.
  var anchor: String
  /// What the id of the turn's result has behind the anchor.
  var resultName = "turn.result"
  var step = Step.prompt
  /// The time of the last line in it.
  var lastTS: Timestamp?
  /// The session of that line.
  var session: String?
  /// Whether the model has said that it is done.
  var isDone = false
  /// Why the model stopped, in its words.
  var stopReason: String?
  /// The message that said so: more lines of it do not take it back.
  var doneMessage: String?
  /// Whether a request failed that may yet be tried again.
  var hasFailed = false

  init(id: String?, anchor: String, ts: Timestamp? = nil, session: String? = nil) {
    self.id = id
    self.anchor = anchor
    lastTS = ts
    self.session = session
  }

  /// Whether it was asked for something, and has neither answered nor failed.
  var isAtWork: Bool { !isDone && !hasFailed && step != .words && step != .denied }

  /// The status of a turn that the log leaves without one.
  var statusByLastStep: String {
    if hasFailed { return "error" }
    if isDone { return "success" }
    switch step {
    case .words: return "success"
    case .denied: return "cancelled"
    case .prompt, .call, .result: return "abandoned"
    }
  }
}
