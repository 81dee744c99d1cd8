internal import Events

/// What is remembered of one run while its log is read, and the rules that all formats share.
///
/// A format says what its lines mean by the verbs of this type: a prompt came, the agent spoke,
/// called, got a result, was billed, was done. What an event's id, time and session are is in the
/// line context of the sink.
///
/// 1. Events are written in the order of the lines, at the lines' times.
/// 2. A turn of which the model has said that it is done ends before anything that happens later and
///    is not the model's own, at the time of its last line: the pause after it is not part of it.
/// 3. A request is written when its message is over, which a line of another one shows, or when
///    nothing more is there; a better report of it becomes a correction.
/// 4. A fact of a run is written if it is new.
struct Conversation: Codable, Sendable {
  /// The name of the format, which begins the kinds of what has no kind of its own.
  let format: String
  let run: RunID
  var session: String?

  /// The facts of the run that were written last.
  private(set) var facts = RunFacts()
  private(set) var isStarted = false
  /// Whether the title is one that the log gives, rather than the first words of a prompt.
  private var hasOwnTitle = false
  var turn: ConversationTurn?
  /// The calls without a result, in order.
  private(set) var openCalls: [String] = []
  /// The calls that wait for a person's answer.
  private var askingCalls: [String] = []
  /// The request whose message is still coming.
  private(set) var pending: ModelRequest?
  /// The time of the last event: what has no time of its own happened then.
  private(set) var lastTS: Timestamp?

  init(format: String, run: RunID, session: String?) {
    self.format = format
    self.run = run
    self.session = session
  }

  /// The run of a session, thread or agent; an id that can't be a run's is hashed.
  static func run(_ format: String, _ name: String) -> RunID {
    if let run = RunID(rawValue: format + ":" + name) { return run }
    let hashed = RunID(rawValue: format + ":" + StableHash.hex(name.utf8))
    guard let hashed else { preconditionFailure("a few ASCII letters make a run id") }
    return hashed
  }

  // MARK: Events

  /// Writes an event of the line that is being read.
  mutating func emit(_ event: Event, _ part: String? = nil, into sink: inout ImportedEvents) {
    let time = event.ts ?? sink.line.ts ?? lastTS
    if let time { lastTS = max(lastTS ?? time, time) }
    let session = event.session ?? sink.line.session ?? session
    sink.emit(event.with(ts: time, session: session), part, run: run)
  }

  /// Keeps a part of the log as an event of the format's own kind.
  mutating func keep(
    _ type: String,
    _ json: UnsafeRawBufferPointer,
    _ part: String? = nil,
    into sink: inout ImportedEvents
  ) {
    beforeOtherLine(into: &sink)
    let kind = EventKind(rawValue: format + "." + type)
    emit(Event(kind, payload: Payload(unchecked: Array(json))), part, into: &sink)
  }

  /// Ends what a line that is not the model's own shows to be over: the message whose request is
  /// pending, and a turn that is done and lies before the line.
  mutating func beforeOtherLine(into sink: inout ImportedEvents) {
    flushRequest(into: &sink)
    guard let turn, turn.isDone, let last = turn.lastTS, let ts = sink.line.ts, ts > last else {
      return
    }
    endTurn(into: &sink)
  }

  // MARK: What the run is

  /// Says what is known of the run; only what is new is written.
  ///
  /// The first call begins the run. A title that is given here stays before one made of a prompt.
  /// `part` tells the event from others of the line.
  mutating func tell(
    _ facts: RunFacts,
    _ part: String = "facts",
    into sink: inout ImportedEvents
  ) {
    if facts.title != nil { hasOwnTitle = true }
    write(facts, part, into: &sink)
  }

  private mutating func write(
    _ facts: RunFacts,
    _ part: String,
    into sink: inout ImportedEvents
  ) {
    let facts = facts.spelled
    let news = facts.news(since: self.facts)
    guard !isStarted || !news.isEmpty else { return }
    let event = Event.make(.runStarted) { news.write(to: &$0) }
    if isStarted {
      emit(event, part, into: &sink)
    } else {
      emit(event.with(id: "run.started"), into: &sink)
    }
    isStarted = true
    self.facts = facts.merged(over: self.facts)
  }

  /// A person's prompt names a run that has no title, by its first line.
  mutating func notePrompt(_ prompt: String?, into sink: inout ImportedEvents) {
    guard !hasOwnTitle, facts.title == nil, let prompt, let title = Self.title(of: prompt) else {
      return
    }
    // The line may tell of the run too, under an id of its own.
    write(RunFacts(title: title), "title", into: &sink)
  }

  /// The first line of a prompt that has words, cut at 200 bytes between characters.
  static func title(of prompt: String) -> String? {
    for line in prompt.split(whereSeparator: \.isNewline) {
      let words = line.drop { $0.isWhitespace }
      guard !words.isEmpty else { continue }
      var title = ""
      for character in words {
        guard title.utf8.count + String(character).utf8.count <= 200 else { break }
        title.append(character)
      }
      while title.last?.isWhitespace == true { title.removeLast() }
      return title.isEmpty ? nil : title
    }
    return nil
  }

  // MARK: Requests

  /// Takes the request of the message that is being read.
  ///
  /// Of several reports of it the last one that is final counts, else the one with the most output.
  mutating func count(_ request: ModelRequest, into sink: inout ImportedEvents) {
    guard let known = pending, known.id == request.id else {
      flushRequest(into: &sink)
      pending = request
      return
    }
    let isBetter =
      request.isFinal || !known.isFinal && request.counts.output >= known.counts.output
    if isBetter { pending = request }
  }

  /// Writes the request that is pending, unless it is that of this message.
  mutating func flushRequest(butOf message: String? = nil, into sink: inout ImportedEvents) {
    guard let request = pending, message == nil || request.id != message else { return }
    pending = nil
    bill(request, into: &sink)
  }

  /// Counts a request that is known whole.
  mutating func bill(_ request: ModelRequest, into sink: inout ImportedEvents) {
    var request = request
    request.ts = request.ts ?? sink.line.ts ?? lastTS
    request.session = request.session ?? sink.line.session ?? session
    if let ts = request.ts { lastTS = max(lastTS ?? ts, ts) }
    for var other in request.others {
      other.ts = other.ts ?? request.ts
      other.session = other.session ?? request.session
      sink.account(other, run: run)
    }
    request.others = []
    sink.account(request, run: run)
  }

  // MARK: Calls

  mutating func noteCall(_ call: String?, asksPerson: Bool) {
    guard let call, !openCalls.contains(call) else { return }
    openCalls.append(call)
    if asksPerson { askingCalls.append(call) }
  }

  /// Notes that a call came back; returns whether it was a question to a person.
  mutating func noteResult(of call: String?) -> Bool {
    guard let call else { return false }
    openCalls.removeAll { $0 == call }
    let count = askingCalls.count
    askingCalls.removeAll { $0 == call }
    return askingCalls.count < count
  }

  mutating func forgetCalls() {
    openCalls = []
    askingCalls = []
  }
}
