internal import Digests
package import Events
internal import Storage

/// The lines of imported logs that could not be read.
struct Quarantine {
  let connection: Connection

  /// Keeps lines of a source that are not kept yet, up to a bound.
  func keep(_ lines: [UnreadLine], of source: String) throws {
    guard !lines.isEmpty else { return }
    var room = UnreadLine.perSourceMax - (try count(of: source))
    let insert = try connection.statement(
      """
      INSERT INTO quarantined_lines(path, line, hash, size, reason, beginning)
      VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO NOTHING
      """
    )
    for line in lines where room > 0 {
      try insert.bind(source, at: 1)
      try insert.bind(line.line, at: 2)
      try insert.bind(line.hash, at: 3)
      try insert.bind(line.size, at: 4)
      try insert.bind(line.reason, at: 5)
      try line.beginning.withUnsafeBytes { try insert.bind(blob: $0, at: 6) }
      try insert.run()
      room -= Int64(connection.changes)
    }
  }

  /// Forgets what was wrong with a file itself: it is being read on.
  func forgetDamage(of source: String) throws {
    let delete = try connection.statement(
      "DELETE FROM quarantined_lines WHERE path = ?1 AND hash = 0"
    )
    try delete.bind(source, at: 1)
    try delete.run()
  }

  private func count(of source: String) throws -> Int64 {
    let select = try connection.statement("SELECT count(*) FROM quarantined_lines WHERE path = ?1")
    try select.bind(source, at: 1)
    return try select.firstRow { $0.int64(at: 0) } ?? 0
  }
}

/// A line in quarantine, with its source.
package struct QuarantinedLine: Sendable, Hashable {
  /// The file, absolute; `-` for standard input.
  package var source: String
  package var line: Int64
  package var reason: String
  package var size: Int64
  package var beginning: [UInt8]

  /// Writes it as `digest-ctl doctor --json` prints it.
  package func write(to json: inout JSONWriter) {
    json.object { json in
      json.member("source", source)
      json.member("line", line)
      json.member("reason", reason)
      json.member("size", size)
      json.member("beginning", String(decoding: beginning, as: UTF8.self))
    }
  }
}

extension RunReads {
  /// How many lines are in quarantine, and of how many sources.
  func countQuarantined() throws -> (lines: Int64, sources: Int64) {
    try connection.statement("SELECT count(*), count(DISTINCT path) FROM quarantined_lines")
      .firstRow { ($0.int64(at: 0), $0.int64(at: 1)) } ?? (0, 0)
  }

  /// The first lines in quarantine, by source and line.
  func quarantinedLines(limit: Int) throws -> [QuarantinedLine] {
    let select = try connection.statement(
      """
      SELECT path, line, reason, size, beginning FROM quarantined_lines
      ORDER BY path, line, hash LIMIT ?1
      """
    )
    try select.bind(Int64(limit), at: 1)
    var lines: [QuarantinedLine] = []
    try select.forEachRow { row in
      lines.append(
        QuarantinedLine(
          source: row.string(at: 0),
          line: row.int64(at: 1),
          reason: row.string(at: 2),
          size: row.int64(at: 3),
          beginning: Array(row.bytes(at: 4))
        )
      )
    }
    return lines
  }
}
