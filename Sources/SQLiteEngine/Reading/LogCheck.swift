package import Engine
package import Storage

/// The log gone through by its index, which must lead to every event, and to each of them once.
///
/// Costs a look at each event, without its payload.
package struct LogCheck {
  /// Runs of which an event is missing, and the seq of the first that is.
  package private(set) var torn: [(run: RunReference, seq: Int64)] = []
  /// How many events the index leads to from no run, or from two if it is negative.
  package private(set) var unlisted: Int64 = 0

  /// Where the index is damaged: whether all events are there, so that it can be made anew.
  package private(set) var isWhole = true

  package var isGood: Bool { torn.isEmpty && unlisted == 0 }

  package init(_ connection: Connection) throws {
    let statement = try connection.statement(
      """
      SELECT h.run, h.head, coalesce(r.pruned_through, 0), coalesce(r.name, '#' || h.run)
      FROM run_heads h LEFT JOIN runs r ON r.id = h.run
      """
    )
    var listed: Int64 = 0
    try statement.forEachRow { row in
      let (run, head, pruned) = (row.int64(at: 0), row.int64(at: 1), row.int64(at: 2))
      let last = try Self.lastSeq(of: run, after: pruned, connection)
      listed += last - pruned
      if last != head { torn.append((RunReference(key: run, name: row.string(at: 3)), last + 1)) }
    }
    unlisted = try connection.integer("SELECT count(*) FROM events") - listed
    if !isGood { isWhole = try RunIndex(connection).canBeMade() }
  }

  /// The last seq of a run up to which the index leads to one event for each.
  private static func lastSeq(
    of run: Int64,
    after seq: Int64,
    _ connection: Connection
  ) throws -> Int64 {
    var rows = RunCursor(
      of: run,
      after: seq,
      limit: .max,
      "SELECT seq FROM events WHERE pos BETWEEN ?1 AND ?2 AND run = ?3 ORDER BY pos",
      connection
    )
    defer { rows.end() }
    var last = seq
    do {
      while let row = try rows.next(), row.int64(at: 0) == last + 1 { last += 1 }
    } catch let error as StorageError where error.code == .corrupt {
      return last
    }
    return last
  }
}
