internal import SQLiteEngine
internal import EventLog
internal import Events
package import Folding
package import Storage

/// The rows of one digest that a fold asks for, in one snapshot.
package struct FoldedRows {
  package let connection: Connection
  package let run: Int64
  package let digestID: Int64
  /// Whether there is any permission at all; most runs never have one.
  private var hasPermissions: Bool?

  package init(reader: FoldReader, run: Int64) {
    connection = reader.connection
    self.run = run
    digestID = run * 256 + reader.generation
  }

  package mutating func step(_ fold: inout RunFold, _ event: FoldEvent) throws {
    let needs = fold.prepare(event)
    if let id = needs.id {
      fold.supply(call: try call(id), permission: try permission(id))
    }
    if needs.open {
      fold.supplyOpen(calls: try openCalls(), permissions: try openRequests())
    }
    var usage = needs.usage
    while let id = usage { usage = try supplyUsage(id, to: &fold) }
    try fold.step(event)
  }

  /// Supplies the `usage` event of an id, and returns the id of the next one that is needed.
  ///
  /// The log has it, also where the event that names it came from memory: what is held in memory is
  /// committed.
  private func supplyUsage(_ id: String, to fold: inout RunFold) throws -> String? {
    let statement = try connection.statement(
      "SELECT seq, kind, payload FROM events WHERE run = ?1 AND event_id = ?2"
    )
    try statement.bind(run, at: 1)
    try statement.bind(id, at: 2)
    defer { statement.reset() }
    guard try statement.step() else { return fold.supply(usage: nil) }
    guard try KnownKind(utf8: statement.kindBytes(at: 1)) == .usage else {
      return fold.supply(usage: nil)
    }
    return fold.supply(
      usage: RunFold.RecordedUsage(seq: statement.int64(at: 0), payload: statement.bytes(at: 2))
    )
  }

  private func call(_ id: String) throws -> Call? {
    let statement = try connection.statement(
      """
      SELECT call_id, seq, ordinal, name, turn, start_ts, end_ts, status, denied,
        own_ms, running
      FROM calls
      WHERE digest = ?1 AND call_id = ?2
      """
    )
    try statement.bind(digestID, at: 1)
    try statement.bind(id, at: 2)
    return try statement.firstRow(Call.init(row:))
  }

  private mutating func permission(_ id: String) throws -> Permission? {
    guard try hasAnyPermission() else { return nil }
    let statement = try connection.statement(
      """
      SELECT id, seq, ordinal, ts, name, turn, open, denied FROM permissions
      WHERE digest = ?1 AND id = ?2
      """
    )
    try statement.bind(digestID, at: 1)
    try statement.bind(id, at: 2)
    return try statement.firstRow(Permission.init(row:))
  }

  private mutating func hasAnyPermission() throws -> Bool {
    if let hasPermissions { return hasPermissions }
    let statement = try connection.statement("SELECT 1 FROM permissions WHERE digest = ?1 LIMIT 1")
    try statement.bind(digestID, at: 1)
    let answer = try statement.firstRow { _ in true } ?? false
    hasPermissions = answer
    return answer
  }

  private func openCalls() throws -> [Call] {
    let statement = try connection.statement(
      """
      SELECT call_id, seq, ordinal, name, turn, start_ts, end_ts, status, denied, own_ms, running
      FROM calls INDEXED BY calls_open WHERE digest = ?1 AND status = 0
      """
    )
    try statement.bind(digestID, at: 1)
    var calls: [Call] = []
    try statement.forEachRow { calls.append(Call(row: $0)) }
    return calls
  }

  private func openRequests() throws -> [Permission] {
    let statement = try connection.statement(
      """
      SELECT id, seq, ordinal, ts, name, turn, open, denied
      FROM permissions INDEXED BY permissions_open WHERE digest = ?1 AND open = 1
      """
    )
    try statement.bind(digestID, at: 1)
    var requests: [Permission] = []
    try statement.forEachRow { requests.append(Permission(row: $0)) }
    return requests
  }
}
