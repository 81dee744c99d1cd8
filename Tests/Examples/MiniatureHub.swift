import RunDigest

/// A hub in miniature: it supervises agents of several teams and leaves all that they do to the
/// library.
///
/// ```swift
/// let hub = MiniatureHub(folder: "/var/lib/hub")
/// try await hub.supervise(FakeAgent(name: "agent-7", turns: 3, fate: .dies), for: "team-a")
/// ```
struct MiniatureHub: Sendable {
  let shards: ShardPool

  init(folder: String) {
    shards = ShardPool(folder: folder)
  }

  /// Runs an agent to its end, whatever that is, and answers the outcome.
  func supervise(_ agent: FakeAgent, for team: String) async throws -> Outcome {
    try await shards.withShard(team) { store in
      // Looked up once, and handed on to whatever has to do with the run.
      let run = try store.run(agent.name, session: agent.session)
      try await run.append(
        [.runStarted(agent: "fake", model: "m-1", project: "demo")],
        expecting: .newRun
      )
      do {
        for turn in 1...agent.turns { try await agent.work(turn, of: run) }
        return try await run.end(.stop, by: "hub", verdict: .done)
      } catch let death as FakeAgent.Death {
        return try await run.end(.crash, reason: death.reason, exitCode: death.exitCode)
      } catch is CancellationError {
        // A cancelled caller can end a run all the same: the seal does not depend on it.
        return try await run.end(.terminate, by: "user")
      }
    }
  }
}

/// An agent that only pretends.
struct FakeAgent: Sendable {
  enum Fate: CaseIterable {
    case finishes, dies, hangs
  }

  /// What a dead process leaves.
  struct Death: Error {
    let reason: String
    let exitCode: Int64
  }

  let name: String
  var session: String { "s-" + name }
  let turns: Int
  let fate: Fate

  func work(_ turn: Int, of run: Run) async throws {
    let id = "t\(turn)"
    try await run.append([.turnStart(id: id), .input("do it")])
    // An id makes an append safe to repeat after an answer that was lost.
    let call = Event.toolCall(id: "c\(turn)", name: "bash").with(id: "\(id)/call")
    for _ in 1...2 { try await run.append([call]) }
    if turn == turns {
      switch fate {
      case .dies: throw Death(reason: "exit 137", exitCode: 137)
      case .hangs: try await Task.sleep(for: .seconds(3600))
      case .finishes: break
      }
    }
    try await run.append([
      .toolResult(id: "c\(turn)", isError: turn % 2 == 0),
      .usage(model: "m-1", input: 100, output: 10),
      .turnResult(id: id, status: "completed", costUSD: 0.01),
    ])
  }
}
