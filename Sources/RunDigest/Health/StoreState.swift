internal import SQLiteEngine
internal import Digests
internal import EventLog
package import Events
internal import Glibc
internal import Storage

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
  /// The state of the store; costs a look at each run's end.
  public func state() throws -> StoreState {
    try read { reads in
      let connection = reads.connection
      var health = StoreState()
      health.sqliteVersion =
        try connection.statement("SELECT sqlite_version()").firstRow { $0.string(at: 0) } ?? ""
      health.schemaVersion = try connection.integer("PRAGMA user_version")
      health.foldVersion = try LiveGeneration.fold(connection)
      health.lastPos = try LogReader.lastPos(connection)
      try reads.countRuns(&health)
      health.stalled = try reads.stalled()
      (health.linesUnread, health.logsUnread) = try reads.countQuarantined()
      health.fileBytes = Self.bytes(of: connection.path)
      health.walBytes = Self.bytes(of: connection.path + "-wal")
      return health
    }
  }

  private static func bytes(of path: String) -> Int64 {
    var status = stat()
    return stat(path, &status) == 0 ? Int64(status.st_size) : 0
  }
}

extension RunReads {
  fileprivate func countRuns(_ health: inout StoreState) throws {
    let statement = try connection.statement(
      """
      SELECT h.head, coalesce(d.watermark, 0), coalesce(d.sealed, 0), h.run
      FROM run_heads h LEFT JOIN digests d ON d.id = h.run * 256 + ?1
      """
    )
    try statement.bind(generation, at: 1)
    try statement.forEachRow { row in
      let (head, watermark) = (row.int64(at: 0), row.int64(at: 1))
      health.runs += 1
      health.events += head
      if row.int64(at: 2) == 0 { health.runsOpen += 1 }
      guard head > watermark else { return }
      health.runsBehind += 1
      health.eventsBehind += head - watermark
      let ts = try Self.readable {
        try LogReader.ts(row.int64(at: 3), seq: watermark + 1, connection)
      }
      if let ts = ts.map(Timestamp.init(microseconds:)) {
        health.oldestBehind = min(health.oldestBehind ?? ts, ts)
      }
    }
  }

  /// A damaged index is for the doctor to tell of, who asks for all this first.
  private static func readable(_ read: () throws -> Int64?) throws -> Int64? {
    do {
      return try read()
    } catch let error as StorageError where error.code == .corrupt {
      return nil
    }
  }

  fileprivate func stalled() throws -> [StoreState.Stalled] {
    let statement = try connection.statement(
      """
      SELECT r.name, s.seq, s.reason FROM stalled_runs s JOIN runs r ON r.id = s.run
      WHERE s.generation = ?1 ORDER BY r.name LIMIT 100
      """
    )
    try statement.bind(generation, at: 1)
    var found: [StoreState.Stalled] = []
    try statement.forEachRow { row in
      found.append(
        StoreState.Stalled(
          run: row.string(at: 0),
          seq: row.int64(at: 1),
          reason: row.string(at: 2)
        )
      )
    }
    return found
  }
}
