internal import Engine
internal import Events
internal import RunDigest
internal import SQLiteEngine
internal import Storage
internal import Support

/// What reading, sealing, folding and appending cost as runs grow, and as their number grows.
///
/// Every cost must be the same at both ends. Times are medians; the number of pages that a read touches
/// has no noise. `Tests/Benchmarks/draw_curves.py` draws the figures.
struct CurvesBench {
  let bench: Bench

  /// The costs at one size, in microseconds, and the pages of the store that a read asked for.
  struct Costs {
    var read = 0.0
    var seal = 0.0
    var fold = 0.0
    var append = 0.0
    var pages = 0.0
  }

  func run() async throws {
    let longest = max(1000, bench.count(1_000_000))
    let lengths = [100, 1000, 10_000, 100_000].filter { $0 < longest } + [longest]
    let byLength = try await curve(lengths.map { (size: $0, name: "run-\($0)") }) { store in
      for length in lengths { try await Workload.fill(store, "run-\(length)", events: length) }
    }
    report("events in the run", byLength)
    var byNumber: [(size: Int, costs: Costs)] = []
    let most = max(10, bench.count(10_000))
    for number in [1, 10, 100, 1000].filter({ $0 < most }) + [most] {
      byNumber += try await curve([(size: number, name: "run-\(number / 2)")]) { store in
        for run in 0..<number { try await Workload.fill(store, "run-\(run)", events: 50) }
      }
    }
    report("runs in the store", byNumber)
  }

  /// Fills a store and measures the runs named in it, each at its size.
  private func curve(
    _ points: [(size: Int, name: String)],
    _ fill: (RunStore) async throws -> Void
  ) async throws -> [(size: Int, costs: Costs)] {
    try await bench.withStorePath("curve") { path in
      // Without a worker: what is measured runs on this thread alone.
      var options = StoreOptions()
      options.foldsInBackground = false
      let store = try await RunStore.open(at: path, options: options)
      try await fill(store)
      try await store.flush()
      var found: [(size: Int, costs: Costs)] = []
      for (size, name) in points { found.append((size, try await costs(store, name))) }
      await store.close()
      return found
    }
  }

  private func costs(_ store: RunStore, _ name: String) async throws -> Costs {
    var costs = Costs()
    let run = try store.run(name)
    var reads = Samples()
    for _ in 0..<5000 { try reads.time { _ = try run.insight()[.toolCalls] } }
    costs.read = reads.microseconds(at: 0.5)
    // The connection that was used last is the one that is lent next.
    let readers = (store.engine as? SQLiteDatabase)?.readers
    let before = try readers?.read { $0.pagesRead } ?? 0
    _ = try run.insight()
    costs.pages = Double((try readers?.read { $0.pagesRead } ?? 0) - before)

    var appends = Samples()
    var folds = Samples()
    for round in 0..<20 {
      for event in Workload.turns(5, from: 1_000_000 + round * 5) {
        let start = MonotonicTime.now()
        try await run.append(event)
        appends.add(MonotonicTime.now() - start)
      }
      let start = MonotonicTime.now()
      try await store.flush(run.id)
      folds.add((MonotonicTime.now() - start) / 50)
    }
    costs.append = appends.microseconds(at: 0.5)
    costs.fold = folds.microseconds(at: 0.5)

    costs.seal = try await seals(of: run, in: store).microseconds(at: 0.5)
    return costs
  }

  private func report(_ axis: String, _ points: [(size: Int, costs: Costs)]) {
    guard let first = points.first, let last = points.last else { return }
    let series: [(String, KeyPath<Costs, Double>)] = [
      ("read", \.read), ("seal", \.seal), ("fold of an event, 50 at a time", \.fold),
      ("append", \.append),
    ]
    for (name, cost) in series {
      var figure = Measurement(
        "\(name), \(last.size) \(axis) over \(first.size)",
        last.costs[keyPath: cost] / first.costs[keyPath: cost],
        "ratio"
      )
      figure.details = points.map { ("at_\($0.size)_us", $0.costs[keyPath: cost]) }
      bench.report(figure)
    }
    var pages = Measurement("pages of a read, \(last.size) \(axis)", last.costs.pages, "pages")
    pages.details = points.map { ("at_\($0.size)_pages", $0.costs.pages) }
    // A read goes down two trees, and each grows by a level or two and by nothing else.
    pages.details.append(("more_pages", last.costs.pages - first.costs.pages))
    bench.report(pages)
  }
}
