import ArgumentParser

/// Paging of the rows of a run.
struct RowOptions: ParsableArguments {
  @Option(help: "Begin with this row.")
  var from: Int64 = 0

  @Option(help: "Print at most this many rows; without it 100 for people, all with --json.")
  var limit: Int?

  func validate() throws {
    if let limit, limit < 1 { throw ValidationError("--limit is a number from 1") }
    if from < 0 { throw ValidationError("--from is a number from 0") }
  }

  /// Reads rows page by page up to the limit, and gives them to `body`.
  ///
  /// `page` reads from a number on; `number` is the number of a row. Answers where the rest begins.
  func forEach<Row>(
    json: Bool,
    page: (_ from: Int64, _ limit: Int) throws -> [Row],
    number: (Row) -> Int64,
    _ body: (Row) throws -> Void
  ) throws -> Int64? {
    var left = limit ?? (json ? .max : 100)
    var next = from
    while true {
      // One more than is printed, to know whether there is more.
      let size = min(left, 1000)
      let rows = try page(next, size + 1)
      for row in rows.prefix(size) { try body(row) }
      left -= min(size, rows.count)
      guard rows.count > size, let last = rows.prefix(size).last else { return nil }
      next = number(last) + 1
      if left == 0 { return next }
    }
  }
}
