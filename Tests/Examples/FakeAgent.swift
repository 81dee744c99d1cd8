import RunDigest

/// An agent that only pretends.
struct FakeAgent: Agent {
  enum Fate: CaseIterable {
    case finishes, dies, hangs
  }

  let name: String
  var session: String { "s-" + name }
  let turns: Int
  let fate: Fate

  func work(on run: Run) async throws {
    for turn in 1...turns { try await work(turn, of: run) }
  }

  func work(_ turn: Int, of run: Run) async throws {
    let id = "t\(turn)"
    try await run.append([.turnStart(id: id), .input("do it")])
    // An id makes an append safe to repeat after an answer that was lost.
    let call = Event.toolCall(id: "c\(turn)", name: "bash").with(id: "\(id)/call")
    for _ in 1...2 { try await run.append([call]) }
    if turn == turns {
      switch fate {
      case .dies: throw AgentDeath(cause: .crash, reason: "exit 137", exitCode: 137)
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
