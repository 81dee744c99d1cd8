internal import Engine
internal import EventLog
public import Events
public import Folding

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
      try read { try EventPage.read(after: LogPosition(rawValue: pos), $0.tables) }
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
    try read { try $0.tables.lastDigestChange() }
  }

  /// The position of the last event so far, to follow only later ones.
  public func lastPosition() throws -> Int64 {
    try read { try $0.tables.lastPosition().rawValue }
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
      await notifier.digests.wait(after: generation, key: known?.row)
      try Task.checkCancellation()
    }
  }

  private func storedOutcome(_ run: RunReference) throws -> Outcome? {
    try read { reads in
      guard let insight = try reads.insight(run), insight.isSealed else { return nil }
      return insight.outcome
    }
  }

  /// Waits until a run is folded up to a seq, which may be one that is still to come.
  ///
  /// - Throws: What the fold failed with that was begun for this wait.
  public func waitUntilFolded(_ run: RunID, seq: Int64) async throws {
    guard let reference = try reference(of: run) else { throw StoreError.noRun(run.rawValue) }
    try await worker.waitUntilFolded(reference.row, seq: seq)
  }
}

/// A page of the event log.
enum EventPage {
  private static let eventsMax = 256
  private static let bytesMax = 1 << 20

  static func read(
    after position: LogPosition,
    _ tables: any EngineSnapshot
  ) throws -> Feed<RecordedEvent>.Page {
    var events: [LoggedEvent] = []
    var bytes = 0
    try tables.forEachEvent(after: position, limit: eventsMax) { row in
      events.append(row.copy())
      bytes += row.payload.count
      // The next page goes on behind it.
      return bytes < bytesMax
    }
    var names: [RunRowID: String] = [:]
    let page = try events.map { event in
      guard let name = try names[event.run] ?? tables.runName(event.run) else {
        throw StoreError(
          .corrupt,
          "event \(event.position.rawValue) is of a run that is not there; run digest-ctl doctor"
        )
      }
      names[event.run] = name
      return RecordedEvent(event, run: name)
    }
    return (page, (events.last?.position ?? position).rawValue)
  }
}
