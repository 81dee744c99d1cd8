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

  init(folder: String, options: ShardPool.Options) {
    shards = ShardPool(folder: folder, options: options)
  }

  /// Runs an agent to its end, whatever that is, and answers the outcome.
  func supervise(_ agent: some Agent, for team: String) async throws -> Outcome {
    try await shards.withShard(team) { store in
      // Looked up once, and handed on to whatever has to do with the run.
      let run = try store.run(agent.name, session: agent.session)
      try await run.append(
        [.runStarted(agent: "fake", model: "m-1", project: "demo")],
        expecting: .newRun
      )
      do {
        try await agent.work(on: run)
        return try await run.end(.stop, by: "hub", verdict: .done)
      } catch let death as AgentDeath {
        return try await run.end(death.cause, reason: death.reason, exitCode: death.exitCode)
      } catch is CancellationError {
        // A cancelled caller can end a run all the same: the seal does not depend on it.
        return try await run.end(.terminate, by: "user")
      }
    }
  }
}

/// What a hub supervises.
protocol Agent: Sendable {
  var name: String { get }
  var session: String { get }

  /// Works to the end, and has the hub append what it does.
  ///
  /// - Throws: ``AgentDeath``, or whatever its work throws.
  func work(on run: Run) async throws
}

/// How an agent went that did not come to its end.
struct AgentDeath: Error {
  let cause: EndCause
  let reason: String
  let exitCode: Int64
}
