internal import Events
internal import Folding

/// The events that this process has appended and that are not folded yet, as far as they are kept: the
/// fold need not read them from the log.
///
/// 1. Only what is committed comes in, and the log has all of it: nothing is lost with what is dropped,
///    it is read there.
/// 2. Of each run it is a stretch without a gap; what would leave one is not taken in.
/// 3. It is bounded by bytes, together for all runs.
/// 4. All is void as soon as anybody may have changed events in the log.
struct HeldTails {
  private let bytesMax: Int
  private var tails: [Int64: HeldTail] = [:]
  private(set) var bytes = 0
  /// How often all became void.
  private var changes = 0

  init(bytesMax: Int) {
    self.bytesMax = bytesMax
  }

  /// Takes in what a run got, in the order of the commits.
  mutating func add(_ appended: [AppendedEvents], to run: Int64) {
    for events in appended where bytes + events.bytes <= bytesMax {
      if tails[run, default: HeldTail()].add(events) { bytes += events.bytes }
    }
  }

  /// Gives what there is of a run to one who folds it.
  mutating func take(_ run: Int64) -> HeldTail {
    var tail = tails.removeValue(forKey: run) ?? HeldTail()
    bytes -= tail.bytes
    tail.changes = changes
    return tail
  }

  /// Takes back what was not folded, unless it became void meanwhile.
  mutating func giveBack(_ tail: HeldTail, of run: Int64) {
    guard tail.changes == changes else { return }
    var tail = tail
    for events in take(run).calls { _ = tail.add(events) }
    bytes += tail.bytes
    tails[run] = tail
  }

  /// Drops all.
  mutating func removeAll() {
    tails.removeAll()
    bytes = 0
    changes += 1
  }
}

/// Events of one run, one directly after the other.
struct HeldTail {
  private(set) var calls: [AppendedEvents] = []
  /// The seq of the last one, 0 if there is none.
  private(set) var lastSeq: Int64 = 0
  /// The memory that they take.
  private(set) var bytes = 0
  /// How often all had become void when it was taken.
  fileprivate var changes = 0

  /// Takes in the events of a call; `false` if they do not go on where those at hand end.
  mutating func add(_ events: AppendedEvents) -> Bool {
    guard lastSeq == 0 || lastSeq + 1 == events.firstSeq else { return false }
    calls.append(events)
    lastSeq = events.lastSeq
    bytes += events.bytes
    return true
  }

  /// The calls with events after a seq.
  func after(_ seq: Int64) -> HeldTail {
    var rest = HeldTail()
    rest.changes = changes
    for events in calls where events.lastSeq > seq { _ = rest.add(events) }
    return rest
  }
}

extension AppendedEvents {
  /// Lends an event as the fold sees it; it must be one of these.
  func withEvent<R>(at seq: Int64, _ body: (FoldEvent) throws -> R) rethrows -> R {
    let index = Int(seq - firstSeq)
    let event = events[index]
    var kind = event.kind.rawValue
    var traceparent = event.traceparent ?? ""
    return try kind.withUTF8 { kind in
      let kind = UnsafeRawBufferPointer(kind)
      return try traceparent.withUTF8 { traceparent in
        try event.payload.bytes.withUnsafeBytes { payload in
          try body(
            FoldEvent(
              seq: seq,
              ordinal: firstOrdinal.map { $0 + Int64(index) },
              ts: event.ts ?? now,
              session: event.session,
              kind: kind,
              known: KnownKind(utf8: kind),
              traceparent: traceparent.isEmpty ? nil : UnsafeRawBufferPointer(traceparent),
              payload: payload
            )
          )
        }
      }
    }
  }
}
