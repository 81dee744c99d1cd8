internal import RunDigest
internal import Storage

/// What reading a run's digest costs beside reading its row with nothing in between.
///
/// All ways of reading take turns within one loop, so that whatever else the machine does falls on
/// all of them alike.
struct ReadBench {
  let bench: Bench
  let store: RunStore
  let path: String

  /// Reads the shortest and the longest run.
  func run(lengths: [Int]) throws {
    guard let first = lengths.first, let last = lengths.last else { return }
    let short = try read("run-\(first)")
    let long = try read("run-\(last)")
    bench.report(
      Measurement("insight, \(last) events over \(first) events", long / short, "ratio")
    )
  }

  /// The row of a run's digest, which the bare statements read.
  private func digestRow(of name: String) throws -> Int64 {
    let connection = try Connection(path: path, mode: .readOnly)
    let row = try connection.statement(
      "SELECT d.id FROM digests d JOIN runs r ON r.id = d.run WHERE r.name = ?"
    ).bind(name).first { $0.next(Int64.self) }
    return row ?? 0
  }

  /// Microseconds of the median read of an insight.
  private func read(_ name: String) throws -> Double {
    let rounds = bench.count(50_000)
    let key = try digestRow(of: name)
    let row = try PlainSQLite(reading: path, sql: "SELECT * FROM digests WHERE id = ?1")
    let body = try PlainSQLite(reading: path, sql: "SELECT body FROM digests WHERE id = ?1")
    let run = try store.run(name)
    let id = run.id
    var times = Times()
    for _ in 0..<rounds {
      times.row.time { _ = row.readRow(key: key) }
      times.body.time { body.touchRow(key: key) }
      try times.byHandle.time { _ = try run.insight()[.toolCalls] }
      try times.byName.time { _ = try store.insight(id)[.toolCalls] }
      try times.opened.time { _ = try run.insight().digest.turnCount }
    }
    let bare = times.row.microseconds(at: 0.5)
    report("insight of \(name), by its handle", times.byHandle, bare: bare)
    report("insight of \(name), by its name", times.byName, bare: bare)
    report("insight of \(name), every map opened", times.opened, bare: bare)
    report("the row of \(name), no column read", times.body, bare: bare)
    return times.byHandle.microseconds(at: 0.5)
  }

  private func report(_ name: String, _ samples: Samples, bare: Double) {
    var figure = Measurement(name, samples.microseconds(at: 0.5), "us")
    figure.plain = bare
    figure.details = [("p99_us", samples.microseconds(at: 0.99))]
    bench.report(figure)
  }

  private struct Times {
    var row = Samples()
    var body = Samples()
    var byHandle = Samples()
    var byName = Samples()
    var opened = Samples()
  }
}
