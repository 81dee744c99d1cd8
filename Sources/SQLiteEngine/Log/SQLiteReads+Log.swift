package import Engine
internal import Events
internal import Storage

/// Runs, sessions and places in the event log.
extension SQLiteReads {
  package func run(named name: String) throws -> RunReference? {
    try connection.statement("SELECT id FROM runs WHERE name = ?").bind(name).first { row in
      RunReference(row: row.next(), name: name)
    }
  }

  package func runName(_ run: RunRowID) throws -> String? {
    try connection.statement("SELECT name FROM runs WHERE id = ?").bind(run).first { $0.next() }
  }

  package func runs(afterRow row: RunRowID, limit: Int) throws -> [RunReference] {
    var runs: [RunReference] = []
    try connection.statement("SELECT id, name FROM runs WHERE id > ? ORDER BY id LIMIT ?")
      .bind(row, limit).forEach { row in
        runs.append(RunReference(row: row.next(), name: row.next()))
      }
    return runs
  }

  package func lastRun() throws -> RunRowID? {
    let last = try connection.integer("SELECT coalesce(max(id), 0) FROM runs")
    return last > 0 ? RunRowID(rawValue: last) : nil
  }

  package func sessionID(named name: String) throws -> SessionRowID? {
    try connection.statement("SELECT id FROM sessions WHERE name = ?").bind(name).first {
      $0.next()
    }
  }

  package func sessionName(_ session: SessionRowID) throws -> String? {
    try connection.statement("SELECT name FROM sessions WHERE id = ?").bind(session).first {
      $0.next()
    }
  }

  package func head(of run: RunRowID) throws -> Int64 {
    try RunIndex(connection).head(of: run.rawValue)
  }

  package func lastPosition() throws -> LogPosition {
    LogPosition(
      rawValue: try connection.integer("SELECT coalesce((SELECT max(pos) FROM events), 0)")
    )
  }

  package func position(of run: RunRowID, seq: Int64) throws -> LogPosition? {
    try RunIndex(connection).position(of: run.rawValue, seq: seq).map(LogPosition.init(rawValue:))
  }

  package func lastSeq(
    of run: RunRowID,
    after seq: Int64,
    through position: LogPosition
  ) throws -> Int64? {
    try RunIndex(connection).lastSeq(of: run.rawValue, after: seq, through: position.rawValue)
  }

  package func runs(after position: LogPosition) throws -> Set<RunRowID> {
    var runs: Set<RunRowID> = []
    var positions = Ascending("events")
    try connection.statement("SELECT pos, run FROM events WHERE pos > ? ORDER BY pos").bind(
      position
    )
    .forEach { row in
      try positions.check(row.next())
      runs.insert(row.next())
    }
    return runs
  }
}
