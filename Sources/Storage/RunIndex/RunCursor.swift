/// The rows of a run's events, in the order of their seqs.
///
/// Where they lie one after the other, or nearly, they are read in one go through the table.
package struct RunCursor {
  /// Between two events of a run so many others are read over rather than the second looked up: they
  /// are mostly on the same page.
  private static let gapMax: Int64 = 4
  /// So many positions are known at a time.
  private static let chunk = 1024

  private let postings: RunIndex
  private let run: Int64
  private let sql: StaticString
  private var left: Int
  private var positions: ArraySlice<Int64> = []
  private var statement: Statement?
  /// The last seq that the index has a position for, of those gone through so far.
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
    postings = RunIndex(connection)
    self.run = run
    self.sql = sql
    left = limit
    through = seq
  }

  /// The next row; `nil` at the end.
  ///
  /// A seq for which the index leads to no event is passed over.
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
      let statement = try postings.connection.statement(sql)
      try statement.bind(start, at: 1)
      try statement.bind(end, at: 2)
      try statement.bind(run, at: 3)
      self.statement = statement
    }
  }

  private mutating func readPositions() throws -> Bool {
    guard left > 0 else { return false }
    let (first, found) = try postings.positions(
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
