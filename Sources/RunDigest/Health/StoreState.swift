internal import Digests
internal import Engine
internal import EventLog
package import Events

/// The state of a store, as its tables and files tell it to anybody who may read them.
public struct StoreState: Sendable {
  /// What a run waits for.
  public struct Stalled: Sendable, Hashable {
    /// The run.
    public let run: String
    /// The event that its fold fails at.
    public let seq: Int64
    /// Why.
    public let reason: String
  }

  /// The version of SQLite at work.
  public internal(set) var sqliteVersion = ""
  /// The version of the schema.
  public internal(set) var schemaVersion: Int64 = 0
  /// The version of the fold whose digests readers see.
  public internal(set) var foldVersion: Int64 = 0
  /// Runs with events.
  public internal(set) var runs: Int64 = 0
  /// Runs that have not ended.
  public internal(set) var runsOpen: Int64 = 0
  /// Events in the log.
  public internal(set) var events: Int64 = 0
  /// The position of the last event in the log.
  public internal(set) var lastPos: Int64 = 0
  /// Runs whose digest does not cover their whole log.
  public internal(set) var runsBehind: Int64 = 0
  /// Events that no digest covers yet.
  public internal(set) var eventsBehind: Int64 = 0
  /// The time of the oldest of them.
  public internal(set) var oldestBehind: Timestamp?
  /// Runs whose fold fails.
  public internal(set) var stalled: [Stalled] = []
  /// Lines of imported logs that could not be read, and are in quarantine.
  public internal(set) var linesUnread: Int64 = 0
  /// The logs that they are of.
  public internal(set) var logsUnread: Int64 = 0
  /// The size of the store's file.
  public internal(set) var fileBytes: Int64 = 0
  /// The size of the write-ahead log beside it.
  public internal(set) var walBytes: Int64 = 0

  /// Whether every digest covers its log.
  public var isCurrent: Bool { eventsBehind == 0 && stalled.isEmpty }

  /// Writes the state as `digest-ctl health --json` prints it.
  package func write(to json: inout JSONWriter, path: String) {
    json.object { json in
      json.member("store", path)
      json.member("current", isCurrent)
      json.member("runs", runs)
      json.member("runs_open", runsOpen)
      json.member("events", events)
      json.member("last_pos", lastPos)
      json.object("behind") { json in
        json.member("runs", runsBehind)
        json.member("events", eventsBehind)
        json.member("oldest_ts", oldestBehind)
      }
      json.array("stalled") { json in
        for entry in stalled {
          json.object { json in
            json.member("run", entry.run)
            json.member("seq", entry.seq)
            json.member("reason", entry.reason)
          }
        }
      }
      json.object("unread") { json in
        json.member("lines", linesUnread)
        json.member("logs", logsUnread)
      }
      json.object("bytes") { json in
        json.member("file", fileBytes)
        json.member("wal", walBytes)
      }
      json.member("schema_version", schemaVersion)
      json.member("fold_version", foldVersion)
      json.member("sqlite_version", sqliteVersion)
    }
  }
}

extension RunReader {
  /// The state of the store.
  ///
  /// Costs a look at each run where some lag, else a few rows: the sums of months say whether every event is
  /// folded. A damaged store may have sums that its digests do not bear out.
  /// With `byEachRun` each run is looked at in any case, as the doctor does.
  public func state(byEachRun: Bool = false) throws -> StoreState {
    try read { reads in
      let tables = reads.tables
      var state = StoreState()
      let facts = try tables.databaseFacts()
      state.sqliteVersion = facts.engineVersion
      state.schemaVersion = facts.schemaVersion
      state.fileBytes = facts.fileBytes
      state.walBytes = facts.walBytes
      state.foldVersion = try tables.liveFoldVersion()
      state.lastPos = try tables.lastPosition().rawValue
      if try !byEachRun && tables.isAllFolded(in: reads.generation) {
        (state.runs, state.runsOpen) = try tables.runCounts(in: reads.generation)
        state.events = state.lastPos
      } else {
        try tables.forEachRun(in: reads.generation) { run, isSealed in
          try state.count(run, isSealed: isSealed, tables)
        }
      }
      state.stalled = try tables.stalledRuns(in: reads.generation, limit: 100).map {
        StoreState.Stalled(run: $0.run, seq: $0.seq, reason: $0.reason)
      }
      (state.linesUnread, state.logsUnread) = try tables.quarantinedLineCount()
      return state
    }
  }
}

extension StoreState {
  fileprivate mutating func count(
    _ run: LaggingRun,
    isSealed: Bool,
    _ tables: any EngineSnapshot
  ) throws {
    runs += 1
    events += run.head
    if !isSealed { runsOpen += 1 }
    guard run.head > run.watermark else { return }
    runsBehind += 1
    eventsBehind += run.head - run.watermark
    let ts = try Self.readable { try tables.timestamp(of: run.run, seq: run.watermark + 1) }
    if let ts = ts.map(Timestamp.init(microseconds:)) {
      oldestBehind = min(oldestBehind ?? ts, ts)
    }
  }

  /// A damaged index is for the doctor to tell of, who asks for all this first.
  private static func readable(_ read: () throws -> Int64?) throws -> Int64? {
    do {
      return try read()
    } catch let error as StoreError where error.code == .corrupt {
      return nil
    } catch let error as any StoreFailure where error.storeError.code == .corrupt {
      return nil
    }
  }
}
