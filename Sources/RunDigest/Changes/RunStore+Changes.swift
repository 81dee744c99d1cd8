internal import SQLiteEngine
internal import Engine
internal import EventLog
public import Events
public import Folding
internal import Storage

extension RunStore {
  /// The events after a position of the event log, and those that any process appends later.
  ///
  /// ```swift
  /// for try await event in store.changes(after: 0) where event.event.kind == "run.ended" {
  ///   notify(event.run)
  /// }
  /// ```
  public func changes(after pos: Int64) -> Feed<RecordedEvent> {
    Feed(store: self, signal: notifier.events, position: pos) { [self] pos in
      try read { try EventPage.read(after: pos, $0.connection) }
    }
  }

  /// The runs whose digest changed after a position, and those that any process folds later.
  ///
  /// A run appears once for all its changes that were not read yet, with its digest as it is now. Begin
  /// after the last ``DigestChange/position`` the next time, and after 0 the first time.
  public func digestChanges(after position: Int64 = 0) -> Feed<DigestChange> {
    Feed(store: self, signal: notifier.digests, position: position) { [self] position in
      try read { try DigestChange.page(after: position, $0) }
    }
  }

  /// The position of the last change of a digest so far, to follow only later ones.
  public func lastDigestChange() throws -> Int64 {
    try read { try $0.connection.integer("SELECT coalesce(max(change), 0) FROM digest_changes") }
  }

  /// The position of the last event so far, to follow only later ones.
  public func lastPosition() throws -> Int64 {
    try read { try LogReader.lastPos($0.connection) }
  }

  /// Waits until a run is sealed, and returns its outcome; also waits for a run that does not exist
  /// yet.
  public func sealed(_ run: RunID) async throws -> Outcome {
    try await sealed(run, known: nil)
  }

  func sealed(_ run: RunID, known: RunReference?) async throws -> Outcome {
    var known = known
    try notifier.start()
    while true {
      let generation = notifier.digests.generation
      if known == nil { known = try reference(of: run) }
      if let known, let outcome = try storedOutcome(known) { return outcome }
      if notifier.digests.isClosed {
        throw StoreError(.closed, "the store was closed before run \(run) was sealed")
      }
      await notifier.digests.wait(after: generation, key: known?.key)
      try Task.checkCancellation()
    }
  }

  private func storedOutcome(_ run: RunReference) throws -> Outcome? {
    try read { reads in
      let statement = try reads.connection.statement("SELECT sealed FROM digests WHERE id = ?1")
      try statement.bind(run.digestID(generation: reads.generation), at: 1)
      guard try statement.firstRow({ $0.int64(at: 0) }) == 1 else { return nil }
      return try Self.insight(run, reads).outcome
    }
  }

  /// Waits until a run is folded up to a seq, which may be one that is still to come.
  ///
  /// - Throws: What the fold failed with that was begun for this wait.
  public func waitUntilFolded(_ run: RunID, seq: Int64) async throws {
    guard let reference = try reference(of: run) else { throw StoreError.noRun(run.rawValue) }
    try await worker.waitUntilFolded(reference.key, seq: seq)
  }
}

/// A page of the log.
enum EventPage {
  private struct IsFull: Error {}

  private static let eventsMax = 256
  private static let bytesMax = 1 << 20

  static func read(after pos: Int64, _ connection: Connection) throws -> Feed<RecordedEvent>.Page {
    var events: [LoggedEvent] = []
    var bytes = 0
    do {
      try LogReader.forEachEvent(afterPos: pos, limit: eventsMax, connection) { row in
        events.append(try row.copy())
        bytes += row.payload.count
        if bytes >= bytesMax { throw IsFull() }
      }
    } catch is IsFull {
      // The next page goes on behind it.
    }
    var names: [Int64: String] = [:]
    let page = try events.map { event in
      guard let name = try names[event.run] ?? LogReader.runName(event.run, connection) else {
        throw StoreError(
          .corrupt,
          "event \(event.pos) is of a run that is not there; run digest-ctl doctor"
        )
      }
      names[event.run] = name
      return RecordedEvent(event, run: name)
    }
    return (page, events.last?.pos ?? pos)
  }
}
