internal import Events

/// Tokens and cost: counted as they come, replaced when a turn's result knows better.
extension RunFold {
  mutating func addUsage(_ event: FoldEvent) {
    // What another run has already counted is an event like any other but for its figures.
    guard !fields.isTrue(.copied) else { return }
    let input = fields.count(.inputTokens)
    let cacheRead = fields.count(.cacheReadTokens)
    let cacheWrite = fields.count(.cacheWriteTokens)
    var counts = TokenCounts()
    counts.requests = 1
    counts.partialRequests = fields.isTrue(.partial) ? 1 : 0
    counts.input = input ?? 0
    counts.output = fields.count(.outputTokens) ?? 0
    counts.reasoning = fields.count(.reasoningTokens) ?? 0
    counts.cacheRead = cacheRead ?? 0
    counts.cacheWrite = cacheWrite ?? 0
    counts.cacheWrite1h = fields.count(.cacheWrite1hTokens) ?? 0
    let isLong = counts.context > ModelUsage.longContextMin
    let isSubagent = fields.isTrue(.subagent)
    let model = fields.name(.model) ?? defaultModel

    edit { totals in
      let position = totals.models.position(of: model, initial: ModelUsage())
      if isSubagent {
        totals.models[at: position].subagent += counts
        if isLong { totals.models[at: position].subagentLongContext += counts }
      } else {
        totals.models[at: position].own += counts
        if isLong { totals.models[at: position].longContext += counts }
      }
    }
    if !isSubagent {
      state.openTurn?.tally.add(counts, isLong: isLong, model: model)
      if input != nil || cacheRead != nil || cacheWrite != nil {
        digest.context.last = counts.context
        digest.context.max = max(digest.context.max ?? 0, counts.context)
        if let window = fields.count(.contextWindow) { digest.context.window = window }
      }
    }
    if let nanoUSD = fields.money(.costUSD) {
      let cost = ReportedCost(nanoUSD: nanoUSD)
      if isSubagent {
        state.openTurn?.subagentCost += cost
      } else {
        state.openTurn?.usageCost += cost
      }
      edit { $0.cost += cost }
    }
  }

  /// The model of a usage that names none.
  private var defaultModel: Name { digest.model.map { Name($0) } ?? .unknown }

  /// Lets the result at hand correct the open turn's tokens and cost.
  mutating func applyResult() {
    // The whole turn: Swift 6.2 leaks a tally that is taken out of it alone and put back.
    guard var turn = state.openTurn else { return }
    turn.usageCost = correct(tally: &turn.tally, cost: turn.usageCost)
    state.openTurn = turn
  }

  /// Lets a result that came after the seal settle the turn that the seal abandoned, once.
  mutating func settleLate() {
    if var unsettled = state.unsettled {
      unsettled.usageCost = correct(tally: &unsettled.tally, cost: unsettled.usageCost)
      changes.turns.append(unsettled.shown)
      state.unsettled = nil
    } else {
      // There is no turn that it could be the total of: the run has it.
      var none = TurnTally()
      _ = correct(tally: &none, cost: ReportedCost())
    }
  }

  /// Replaces a turn's tally by the result's totals and its own cost by the result's, moves the
  /// run's figures by the difference, and returns the turn's own cost.
  ///
  /// What its sub-agents cost is never replaced.
  private mutating func correct(tally: inout TurnTally, cost old: ReportedCost) -> ReportedCost {
    let result = readByModel()
    if !result.models.isEmpty {
      let moved = tally.replace(with: result.models)
      edit { $0.models.add(moved, bound: .max, initial: ModelUsage(), +=) }
    }
    let cost = fields.money(.costUSD).map(ReportedCost.init(nanoUSD:)) ?? result.cost
    guard cost.reports > 0 else { return old }
    edit { totals in
      totals.cost += cost
      // The money moves, the reports stay: a sum that holds only the correction is known, too.
      totals.cost.nanoUSD &-= old.nanoUSD
    }
    return cost
  }

  /// The totals by model that a result carries; entries that are no objects are dropped.
  ///
  /// Mutating as ``timeState()`` is.
  private mutating func readByModel() -> (models: NameMap<TokenCounts>, cost: ReportedCost) {
    var entries: [(key: [UInt8], value: JSONValue)] = []
    var positions: [[UInt8]: Int] = [:]
    fields.forEachMember(of: .byModel) { key, value in
      // A key twice in an object: the last one counts, whatever the first one was.
      let key = [UInt8](key)
      if let position = positions[key] {
        entries[position].value = value
      } else {
        positions[key] = entries.count
        entries.append((key, value))
      }
    }
    var models = NameMap<TokenCounts>()
    var cost = ReportedCost()
    for (key, value) in entries where value.isObject {
      var counts = TokenCounts()
      counts.input = value["input"]?.count ?? 0
      counts.output = value["output"]?.count ?? 0
      counts.cacheRead = value["cache_read"]?.count ?? 0
      counts.cacheWrite = value["cache_create"]?.count ?? 0
      let model = key.isEmpty ? defaultModel : key.withUnsafeBytes { Name(NameBytes($0)) }
      models[at: models.position(of: model, initial: TokenCounts())] += counts
      if let nanoUSD = value["cost_usd"]?.money { cost += ReportedCost(nanoUSD: nanoUSD) }
    }
    return (models, cost)
  }
}
