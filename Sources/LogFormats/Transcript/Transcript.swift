internal import Events

/// What most importers remember of one run, and how they write it down.
///
/// A format tells what its lines mean by the verbs of this type: a prompt came, the agent spoke,
/// called, got a result, was billed, was done. The rules that all formats share are kept here:
/// which events a prompt is, when a turn ends, that a call is told once.
struct Transcript {
  /// The name of the format, which begins the kinds of what has no kind of its own.
  let format: String
  let run: RunID
  let parent: RunID?
  var session: String?

  /// The model that the run was last told of.
  var model: String?
  var title: String?
  var turn: TranscriptTurn?
  /// The calls without a result, in order.
  var openCalls: [String] = []
  /// The time of the last event: what has no time of its own happened then.
  var lastTS: Timestamp?
  var isStarted = false

  init(format: String, run: RunID, parent: RunID? = nil, session: String?) {
    self.format = format
    self.run = run
    self.parent = parent
    self.session = session
  }

  /// The run of a session, thread or agent; an id that can't be a run's is hashed.
  static func run(_ format: String, _ name: String) -> RunID {
    if let run = RunID(rawValue: format + ":" + name) { return run }
    let hashed = RunID(rawValue: format + ":" + StableHash.hex(name.utf8))
    guard let hashed else { preconditionFailure("a few ASCII letters make a run id") }
    return hashed
  }

  /// Hands an event over; its id is unique in the run.
  mutating func emit(
    _ event: Event,
    id: String,
    ts: Timestamp?,
    bills request: String? = nil,
    into sink: inout ImportedEvents
  ) {
    let time = ts ?? lastTS
    if let time { lastTS = max(lastTS ?? time, time) }
    let event = event.with(ts: time, session: session, id: id)
    sink.append(ImportedEvents.Entry(run: run, event: event))
    if let request { sink.bill(request, to: run) }
  }

  /// Keeps a part of the log as an event of the format's own kind.
  mutating func keep(
    _ type: String,
    _ json: UnsafeRawBufferPointer,
    id: String,
    ts: Timestamp?,
    into sink: inout ImportedEvents
  ) {
    let kind = EventKind(rawValue: format + "." + type)
    let payload = Payload(unchecked: Array(json))
    emit(Event(kind, payload: payload), id: id, ts: ts, into: &sink)
  }

  /// Tells of the run, with its first line; later calls say nothing.
  mutating func start(
    ts: Timestamp?,
    into sink: inout ImportedEvents,
    _ facts: (inout JSONWriter) -> Void
  ) {
    guard !isStarted else { return }
    isStarted = true
    let event = Event.make(.runStarted) { json in
      json.member("parent_run", ifPresent: parent?.rawValue)
      facts(&json)
    }
    emit(event, id: "run.started", ts: ts, into: &sink)
  }

  /// Tells of a model where it is another than before.
  mutating func use(
    model: String?,
    id: String,
    ts: Timestamp?,
    into sink: inout ImportedEvents
  ) {
    guard let model, model != self.model else { return }
    self.model = model
    emit(.runStarted(model: model), id: id + "/model", ts: ts, into: &sink)
  }

  /// Tells of a title where it is another than before.
  mutating func call(
    itself title: String?,
    id: String,
    ts: Timestamp?,
    into sink: inout ImportedEvents
  ) {
    guard let title, title != self.title else { return }
    self.title = title
    emit(.runStarted(title: title), id: id + "/title", ts: ts, into: &sink)
  }

  /// The run is over.
  mutating func end(
    _ cause: Event.EndCause,
    reason: String? = nil,
    id: String,
    ts: Timestamp?,
    into sink: inout ImportedEvents
  ) {
    let event = Event.runEnded(cause, by: "agent", reason: reason)
    emit(event.with(producer: .system), id: id + "/run.ended", ts: ts, into: &sink)
  }
}
