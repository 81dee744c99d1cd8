internal import Events

/// What is remembered of a session beside its conversations.
struct ClaudeStreamSession: Codable {
  /// The responses that the open turn's frames tell of: its totals settle them.
  var responses: [String] = []
  /// Whether another run was billed for one of them.
  var hasForeign = false
  /// What the frames of sub-agents say of their requests since the last result, by message.
  var agents: [String: AgentRequest] = [:]
  /// The frame that has announced a turn which is not open yet.
  var beginning: String?
  /// When the open turn began; `nil` where no frame before its first answer has a time.
  var start: Timestamp?
  /// Whether a frame has the prompt, and thus says when the turn began.
  var hasPrompt = false
  var version: String?
  /// Whether a result of this session was read from this log.
  var hasResult = false

  struct AgentRequest: Codable {
    var model: String
    var counts: TokenCounts
  }

  /// Notes what a frame says of a request.
  mutating func note(_ request: ModelRequest, isAgent: Bool, isForeign: Bool) {
    if isForeign { hasForeign = true }
    if let key = request.key, !isAgent, !responses.contains(key) { responses.append(key) }
    guard isAgent else { return }
    let known = agents[request.id]?.counts.output ?? -1
    guard request.isFinal || request.counts.output >= known else { return }
    let model = ClaudeStreamTotals.plain(request.model ?? "(unknown)")
    agents[request.id] = AgentRequest(model: model, counts: request.counts)
  }

  /// What the turn took beyond what its sub-agents' runs have been billed.
  ///
  /// `known` are the totals of the session's last result, `process` those of the last result of this log
  /// that is of another session, `usage` are the turn's own counts.
  func growth(
    to now: ClaudeStreamTotals,
    since known: ClaudeStreamTotals?,
    process: ClaudeStreamTotals?,
    usage: TokenCounts,
    model: String,
    durationMs: Int64
  ) -> ClaudeStreamTotals.Growth {
    var growth: ClaudeStreamTotals.Growth
    if let known {
      let goesOn = now.covers(known, and: usage) && !isRestarted(now, known, usage)
      growth = now.growth(since: goesOn ? known : ClaudeStreamTotals())
    } else if let process, now.isExactly(process, and: usage) {
      growth = now.growth(since: process)
    } else if isRestored(now, usage, durationMs) {
      // The process before is not known: what was hidden cannot be told from its part.
      let cost = now.share(of: usage, by: model)
      return ClaudeStreamTotals.Growth(models: [model: usage], cost: cost)
    } else {
      growth = now.growth(since: ClaudeStreamTotals())
    }
    for agent in agents.values {
      growth.models[agent.model] = growth.models[agent.model]?.excess(over: agent.counts)
    }
    return growth
  }

  /// Whether totals that could have grown have begun at zero all the same.
  private func isRestarted(
    _ now: ClaudeStreamTotals,
    _ known: ClaudeStreamTotals,
    _ usage: TokenCounts
  ) -> Bool {
    guard !restores, !now.isExactly(known, and: usage) else { return false }
    if let place = now.place, let last = known.place { return place <= last }
    if let api = now.apiMs, let last = known.apiMs, api < last { return true }
    return now.isExactly(ClaudeStreamTotals(), and: usage)
  }

  /// Whether a resumed process of this version takes up the totals of the one before.
  private var restores: Bool {
    let parts = version?.split(separator: ".").compactMap { Int($0) } ?? []
    guard parts.count >= 3 else { return false }
    return (parts[0], parts[1], parts[2]) >= (2, 1, 277)
  }

  /// Whether the first result of a log holds what a process before it took.
  ///
  /// Hidden requests make totals exceed a turn's usage too, but not its time, where the log tells it.
  private func isRestored(
    _ now: ClaudeStreamTotals,
    _ usage: TokenCounts,
    _ durationMs: Int64
  ) -> Bool {
    guard restores, !hasResult, agents.isEmpty, !now.isExactly(ClaudeStreamTotals(), and: usage)
    else { return false }
    return now.apiMs.map { $0 > 2 * durationMs } ?? true
  }
}
