import Events
import Folding
import Storage
import TestSupport
import Testing

@testable import Engine
@testable import RunDigest

/// Lists of runs by every order and filter, beside the same made of all summaries by sorting them.
@Suite("Run list") struct RunListTests {
  /// Made-up prices: what a token of each model costs, in nano-dollars.
  private static let prices: [String: Int64] = ["m1": 3, "m2": 40, "m3": 1]

  private static func cost(_ models: NameMap<ModelUsage>) -> Int64? {
    var sum: Int64?
    for (name, usage) in models.sorted {
      guard let price = prices[name] else { continue }
      sum = (sum ?? 0) + price * (usage.own.input + usage.own.output)
    }
    return sum
  }

  private static func listPrices(auto: Bool) -> ListPrices {
    ListPrices(
      prefersReported: auto,
      ceiling: { Double(prices[$0] ?? 0) / Double(min(CostWeight.input, CostWeight.output)) },
      estimate: { models, _ in cost(models) }
    )
  }

  private func fill(_ store: RunStore, seed: UInt64) async throws {
    var numbers = SeededNumbers(seed: seed)
    for number in 0..<90 {
      let run = try RunID("r\(numbers.next() % 1000)-\(number)")
      let start = Int64(numbers.next() % 50) * 60_000_000
      func at(_ seconds: Int64) -> Timestamp {
        Timestamp(microseconds: start + seconds * 1_000_000)
      }
      let model = "m\(1 + numbers.next() % 4)"
      let started = """
        {"agent":"a\(numbers.next() % 3)","model":"\(model)","project":"/w\(numbers.next() % 3)/p"}
        """
      var events = [
        Event("run.started", payload: Payload(unchecked: Array(started.utf8)), ts: at(0))
      ]
      for step in 0..<Int64(numbers.next() % 4) {
        let used = "m\(1 + numbers.next() % 4)"
        let usage = """
          {"model":"\(used)","input_tokens":\(numbers.next() % 9),"output_tokens":\(numbers.next() % 3)}
          """
        events.append(
          Event("usage", payload: Payload(unchecked: Array(usage.utf8)), ts: at(1 + step * 7))
        )
      }
      if numbers.next() % 4 == 0 {
        let paid = #"{"total_usd":0.0000000\#(numbers.next() % 9)}"#
        events.append(
          Event("agent.cost", payload: Payload(unchecked: Array(paid.utf8)), ts: at(40))
        )
      }
      if numbers.next() % 3 == 0 {
        events.append(Event("error", payload: Payload(unchecked: Array(#"{"class":"x"}"#.utf8))))
      }
      if numbers.next() % 2 == 0 { events.append(.runEnded(.stop)) }
      try await store.append(events, to: run)
    }
    try await store.flush()
  }

  private static func queries() -> [RunListQuery] {
    let filters: [(inout RunListQuery) -> Void] = [
      { _ in }, { $0.agent = "a1" }, { $0.agent = "none" }, { $0.model = "m2" },
      { $0.project = "/w1" }, { $0.project = "/w1/p" }, { $0.project = "/w" },
      { $0.outcomes = ["running"] }, { $0.outcomes = ["stopped", "running"] },
      { $0.since = Timestamp(microseconds: 25 * 60_000_000) },
      {
        $0.agent = "a2"; $0.model = "m1"; $0.since = Timestamp(microseconds: 600_000_000)
      },
    ]
    return RunListQuery.Order.allCases.flatMap { order in
      filters.flatMap { filter in
        [(false, 0, 7), (true, 0, 7), (false, 5, 9), (true, 3, 1000)].map {
          isReversed,
          offset,
          limit in
          var query = RunListQuery()
          (query.order, query.isReversed) = (order, isReversed)
          (query.offset, query.limit) = (offset, limit)
          filter(&query)
          return query
        }
      }
    }
  }

  private static func accepts(_ run: RunSummary, _ query: RunListQuery) -> Bool {
    if let agent = query.agent, run.digest?.agent != agent { return false }
    if let model = query.model, !run.models.contains(model), run.digest?.model != model {
      return false
    }
    if let project = query.project {
      let own = run.digest?.project ?? ""
      guard own == project || own.hasPrefix(project + "/") else { return false }
    }
    if let since = query.since, (run.digest?.lastTs).map({ $0 < since }) ?? true { return false }
    return query.outcomes.isEmpty || query.outcomes.contains(run.status.rawValue)
  }

  private static func weight(
    _ run: RunSummary,
    _ query: RunListQuery,
    auto: Bool
  ) -> Int64 {
    switch query.order {
    case .last: run.digest?.lastTs?.microseconds ?? .min
    case .first: run.digest?.firstTs?.microseconds ?? .min
    case .name: 0
    case .events: run.head
    case .tokens: run.tokens.input + run.tokens.output
    case .cost:
      (auto ? run.digest?.totals.cost.value : nil) ?? run.digest.flatMap { cost($0.totals.models) }
        ?? -1
    case .errors: run.errorCount + run.issueCount
    case .span: run.digest?.totals.time.spanMicros ?? 0
    }
  }

  @Test("a page has the runs that a sort of all summaries gives", arguments: [1, 2, 3] as [UInt64])
  func pages(seed: UInt64) async throws {
    let test = try await TestStore { $0.foldsInBackground = false }
    try await fill(test.store, seed: seed)
    var everything = RunListQuery()
    everything.limit = .max
    let all = try test.store.reader.runs(everything)
    #expect(all.count == 90)
    for query in Self.queries() {
      for auto in [true, false] {
        let sorted = all.filter { Self.accepts($0, query) }.sorted { lhs, rhs in
          if query.order == .name { return (lhs.run < rhs.run) != query.isReversed }
          let (left, right) = (
            Self.weight(lhs, query, auto: auto), Self.weight(rhs, query, auto: auto)
          )
          return left != right && (left > right) != query.isReversed
        }
        let wanted = sorted.dropFirst(query.offset).prefix(query.limit)
        var found: [RunSummary] = []
        try test.store.reader.forEachRun(query, prices: Self.listPrices(auto: auto)) {
          found.append($0)
        }
        #expect(
          found.map { Self.weight($0, query, auto: auto) }
            == wanted.map { Self.weight($0, query, auto: auto) },
          "seed \(seed): \(query)"
        )
        #expect(Set(found.map(\.run)).count == found.count)
        #expect(found.allSatisfy { Self.accepts($0, query) })
        if query.order == .name { #expect(found.map(\.run) == wanted.map(\.run)) }
      }
    }
    await test.store.close()
  }

  @Test("runs of which nothing is folded are the last of a list, once, and have no digest")
  func unfolded() async throws {
    let test = try await TestStore { $0.foldsInBackground = false }
    for run in ["a", "b"] { try await test.store.append([.text()], to: RunID(run)) }
    try await test.store.flush()
    for run in ["c", "d"] { try await test.store.append([.text(), .text()], to: RunID(run)) }
    for order in RunListQuery.Order.allCases where order != .events && order != .name {
      var query = RunListQuery()
      query.order = order
      #expect(Set(try test.store.reader.runs(query).suffix(2).map(\.run)) == ["c", "d"])
      (query.offset, query.limit) = (1, 2)
      #expect(try test.store.reader.runs(query).last?.run == "c")
      (query.offset, query.limit) = (3, 2)
      #expect(try test.store.reader.runs(query).map(\.run) == ["d"])
    }
    var query = RunListQuery()
    query.order = .events
    #expect(try test.store.reader.runs(query).map(\.head) == [2, 2, 1, 1])
    query.order = .name
    #expect(try test.store.reader.runs(query).map(\.run) == ["a", "b", "c", "d"])
    #expect(
      try test.store.reader.runs(query).map { $0.digest == nil } == [false, false, true, true]
    )
    query.outcomes = ["running"]
    #expect(Set(try test.store.reader.runs(query).map(\.run)) == ["a", "b", "c", "d"])
    query.outcomes = ["stopped"]
    #expect(try test.store.reader.runs(query).isEmpty)
    await test.store.close()
  }

  @Test("health counts runs alike whether it looks at each run or at the sums")
  func counts() async throws {
    let test = try await TestStore { $0.foldsInBackground = false }
    for run in ["a", "b", "c"] { try await test.store.append([.text()], to: RunID(run)) }
    try await test.store.append([.runEnded(.stop)], to: "b")
    var state = try test.store.reader.state()
    #expect((state.runs, state.events, state.runsBehind) == (3, 4, 3))
    try await test.store.flush()
    state = try test.store.reader.state()
    #expect((state.runs, state.runsOpen, state.events) == (3, 2, 4))
    #expect(state.isCurrent)
    await test.store.close()
  }

  @Test("reaping ends the runs of many sessions, and asks for each session once")
  func reaping() async throws {
    let test = try await TestStore { $0.foldsInBackground = false }
    for number in 0..<300 {
      try await test.store.append(
        [.text(session: "s\(number % 150)")],
        to: RunID("r\(number)")
      )
    }
    try await test.store.append([.text()], to: "without")
    #expect(
      try await test.store.reap(sessions: ["s7", "none", "s7"]).map(\.run.name) == ["r7", "r157"]
    )
    var asked: [String] = []
    let ended = try await test.store.reap { session in
      asked.append(session)
      return session != "s3"
    }
    #expect(asked.count == 149 && Set(asked).count == 149)
    #expect(ended.count == 296)
    let state = try test.store.reader.state()
    #expect((state.runs, state.runsOpen) == (301, 3))
    #expect(try test.store.verify().differences == [])
    await test.store.close()
  }
}
