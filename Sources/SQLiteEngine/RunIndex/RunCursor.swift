package import Storage

/// The rows of a run's events, in the order of their seqs.
///
/// Events that are adjacent in the table, or nearly, are read by one range scan.
package struct RunCursor {
  /// Up to this many events of other runs are scanned rather than left out by another look-up: they are
  /// mostly on the same page.
  private static let gapMax: Int64 = 4
  /// How many positions are read at a time.
  private static let chunk = 1024

  private let index: RunIndex
  private let run: Int64
  private let sql: StaticString
  private var left: Int
  private var positions: ArraySlice<Int64> = []
  private var statement: Statement?
  /// The last seq whose position was read so far.
  package private(set) var through: Int64

  /// Prepares to read the events of a run after a seq, at most `limit`.
  ///
  /// `sql` selects rows of events whose `pos` is between the parameters 1 and 2 and whose `run` is 3, in
  /// the order of `pos`.
  package init(
    of run: Int64,
    after seq: Int64,
    limit: Int,
    _ sql: StaticString,
    _ connection: Connection
  ) {
    index = RunIndex(connection)
    self.run = run
    self.sql = sql
    left = limit
    through = seq
  }

  /// The next row; `nil` at the end.
  ///
  /// Skips a seq whose position has no event.
  package mutating func next() throws -> Statement? {
    while true {
      if let statement {
        if try statement.step() { return statement }
        statement.reset()
        self.statement = nil
      }
      if positions.isEmpty, try !readPositions() { return nil }
      guard let start = positions.popFirst() else { return nil }
      var end = start
      while let next = positions.first, next - end <= Self.gapMax + 1 {
        end = next
        positions.removeFirst()
      }
      let statement = try index.connection.statement(sql)
      try statement.bind(start, end, run)
      self.statement = statement
    }
  }

  private mutating func readPositions() throws -> Bool {
    guard left > 0 else { return false }
    let (first, found) = try index.positions(
      of: run,
      after: through,
      limit: min(left, Self.chunk)
    )
    guard !found.isEmpty else { return false }
    through = first + Int64(found.count) - 1
    left -= found.count
    positions = found[...]
    return true
  }

  /// Ends the reading, so that it holds no snapshot.
  package mutating func end() {
    statement?.reset()
    statement = nil
  }
}
