import Logging
import RunDigest
import RunDigestService
import ServiceLifecycle
import TestSupport
import Testing

@testable import Telemetry

/// What README.md, the first page and the comments of the library show, as it stands there.
///
/// Some are only compiled: those whose paths a test must not touch.
enum DocumentedSnippets {
  static func readme(_ path: String) async throws -> RunDigest.Insight {
    let store = try await RunStore.open(at: path)
    let run = RunID("agent-7")
    try await store.append([.turnStart(id: "t1"), .toolCall(id: "c1", name: "bash")], to: run)
    let outcome = try await store.end(run, RunEnd(.crash, reason: "exit 137", exitCode: 137))
    let insight = try store.insight("agent-7")
    #expect(insight.digest.outcome == outcome)
    await store.close()
    return insight
  }

  static func firstPage(_ path: String) async throws {
    let store = try await RunStore.open(at: path)
    let run = RunID("agent-7")
    try await store.append([.turnStart(id: "t1"), .toolCall(id: "c1", name: "bash")], to: run)
    try await store.end(run, RunEnd(.crash, reason: "exit 137", exitCode: 137))
    print(try store.insight("agent-7").outcome.status)
    await store.close()
  }

  static func store(_ path: String) async throws {
    let store = try await RunStore.open(at: path)
    let run = try store.run("agent-7")
    try await run.append([.turnStart(id: "t1")])
    await store.close()
  }

  static func handle(_ store: RunStore) async throws -> Outcome {
    let run = try store.run("agent-7", session: "s-1")
    try await run.append([.turnStart(id: "t1"), .toolCall(id: "c1", name: "bash")])
    let outcome = try await run.end(.crash, reason: "exit 137")
    return outcome
  }

  static func ends(_ store: RunStore, _ run: Run) async throws -> [Outcome] {
    let outcome = try await run.end(.crash, reason: "exit 137", exitCode: 137)
    return [outcome]
  }

  static func end(_ store: RunStore, _ run: RunID) async throws -> Outcome {
    let outcome = try await store.end(run, .init(.crash, reason: "exit 137", exitCode: 137))
    return outcome
  }

  struct Hub {
    let sessions: Set<String>
    func isAlive(session: String) -> Bool { sessions.contains(session) }
  }

  static func reap(_ store: RunStore, _ hub: Hub) async throws -> [EndedRun] {
    let ended = try await store.reap { !hub.isAlive(session: $0) }
    return ended
  }

  static func health(_ store: RunStore, alarm: (String) -> Void) async throws {
    let health = store.health()
    if !health.isAccepting || health.backlog.events > 100_000 { alarm(health.json) }
    try await store.waitUntilCaughtUp(within: .seconds(30))
  }

  static func timed(_ path: String) async throws {
    try await FlowTimer.flow("insight") { timer in
      let store = try await RunStore.open(at: path)  // adds its own phases
      let insight = try store.insight("agent-7")
      timer?.work("read")
      print(insight.lag)
    }
  }

  static func follow(
    _ store: RunStore,
    _ lastPos: Int64,
    _ show: (RecordedEvent) -> Void
  )
    async throws
  {
    var lastPos = lastPos
    for try await event in store.changes(after: lastPos) {
      show(event)
      lastPos = event.pos
    }
  }

  static func notifyEnds(_ store: RunStore, _ notify: (String) -> Void) async throws {
    for try await event in store.changes(after: 0) where event.event.kind == "run.ended" {
      notify(event.run)
    }
  }

  static func insight(_ store: RunStore, _ path: String) throws {
    let insight = try store.insight("agent-7")
    print(insight.outcome.status, insight[.toolCalls], insight.lag)
    for (tool, usage) in insight.digest.totals.tools.sorted { print(tool, usage.calls) }
    let reader = try RunReader.open(at: path)
    print(try reader.insight("agent-7").outcome.status)
  }

  static func flush(
    _ store: RunStore,
    _ run: Run,
    _ events: [Event],
    _ window: StatsWindow
  )
    async throws -> [StatsRow]
  {
    let receipt = try await run.append(events)
    try await store.flush(through: receipt.pos)
    let day = try store.stats(window, by: .project)
    return day
  }

  static func stories(_ run: Run, _ show: ([RecordedEvent]) -> Void) throws {
    for finding in try run.findings() {
      show(try run.events(around: finding.anchor.seq, context: 3))
    }
  }

  static func shards() async throws -> Outcome {
    let shards = ShardPool(folder: "/var/lib/hub/shards")
    let outcome = try await shards.withShard("team-a") { store in
      try await store.run("agent-7").end(.stop)
    }
    await shards.close()
    return outcome
  }

  static func service(_ path: String, _ logger: Logger) async throws {
    var options = StoreOptions()
    options.foldsInBackground = false
    let store = try await RunStore.open(at: path, options: options)
    let group = ServiceGroup(services: [FoldService(store)], logger: logger)
    try await group.run()
  }
}

@Suite("What the documentation shows", .timeLimit(.minutes(60)))
struct DocumentedSnippetTests {
  @Test("does what it says")
  func runs() async throws {
    try await withTemporaryFolder { folder in
      let insight = try await DocumentedSnippets.readme(folder + "/a.sqlite")
      #expect(insight.outcome.status == .crashed)
      try await DocumentedSnippets.firstPage(folder + "/b.sqlite")
      try await DocumentedSnippets.store(folder + "/c.sqlite")
      try await DocumentedSnippets.timed(folder + "/a.sqlite")

      let path = folder + "/d.sqlite"
      let store = try await RunStore.open(at: path)
      let began = StoreOptions.wallClock()
      #expect(try await DocumentedSnippets.handle(store).status == .crashed)
      let run = try store.run("agent-7")
      #expect(try await DocumentedSnippets.ends(store, run).first?.exitCode == nil)
      #expect(try await DocumentedSnippets.end(store, run.id).reason == "exit 137")
      let hub = DocumentedSnippets.Hub(sessions: [])
      #expect(try await DocumentedSnippets.reap(store, hub).isEmpty)
      try await DocumentedSnippets.health(store) { _ in Issue.record("there is nothing wrong") }
      try DocumentedSnippets.insight(store, path)
      try DocumentedSnippets.stories(run) { #expect(!$0.isEmpty) }
      let now = StoreOptions.wallClock()
      let day = try await DocumentedSnippets.flush(
        store,
        run,
        [.text("late")],
        StatsWindow(from: began, to: Timestamp(microseconds: now.microseconds + 1))
      )
      #expect(day.map(\.totals[.runs]) == [1])
      await store.close()
    }
  }

  @Test("is source that is compiled here, line by line")
  func compiled() throws {
    let sources = try Snippets.examples()
    let shown = try Snippets.documented()
    #expect(shown.count > 25)
    for snippet in shown where !sources.contains(where: { snippet.isPart(of: $0) }) {
      Issue.record(
        "\(snippet.place) is not in Tests/Examples:\n\(snippet.lines.joined(separator: "\n"))"
      )
    }
  }
}
