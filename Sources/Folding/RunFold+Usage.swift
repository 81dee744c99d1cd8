internal import Events

/// Tokens and cost: counted as they come, replaced when a result or a later count knows better.
///
/// Usage lies in the open turn. Without one it lies in the loose usage, until a turn is opened, a
/// seal is set or lifted, or a result closes no open turn and takes it. What the turn used that a
/// seal abandoned is kept for the first result after the seal.
extension RunFold {
  mutating func addUsage(_ event: FoldEvent) {
    // What another run has already counted is an event like any other but for its figures.
    guard !fields.isTrue(.copied) else { return }
    let request = BilledRequest(fields, runModel: digest.facts.model)
    if request.hasContext, !request.isSubagent {
      digest.facts.context.last = request.counts.context
      digest.facts.context.max = max(digest.facts.context.max ?? 0, request.counts.context)
      if let window = fields.count(.contextWindow) { digest.facts.context.window = window }
    }
    if let correction {
      correct(correction, by: request, event)
    } else {
      count(request)
    }
  }

  private mutating func count(_ request: BilledRequest) {
    edit { totals in
      let position = totals.models.position(of: request.model, initial: ModelUsage())
      totals.models[at: position].add(request)
      totals.add(ReportedCost(of: request))
    }
    if state.hasOpenTurn {
      state.openTurn?.usage.add(request)
    } else if !request.isSubagent {
      state.loose.add(request)
    }
  }

  /// Corrects the open turn's tokens and cost by the result that closes it.
  mutating func applyResult() {
    // The whole turn: Swift 6.2 leaks usage that is taken out of it alone and put back.
    guard var turn = state.openTurn else { return }
    correct(&turn.usage)
    state.openTurn = turn
  }

  /// Lets a result that came after the seal settle the turn that the seal abandoned, once, with what
  /// was used since; a later one settles only that.
  mutating func settleLate(_ event: FoldEvent) {
    var usage = state.loose
    emptyLoose(at: event)
    guard var unsettled = state.unsettled else { return correct(&usage) }
    unsettled.usage.merge(usage)
    correct(&unsettled.usage)
    changes.note(unsettled.shown)
    state.unsettled = nil
  }

  /// Empties the usage that no turn has.
  mutating func emptyLoose(at event: FoldEvent) {
    if state.loose != TurnUsage() { state.loose = TurnUsage() }
    state.looseSince = event.seq
  }

  /// Replaces what was used by the result's totals, the own cost by the result's, and moves the
  /// run's figures by the difference.
  ///
  /// What sub-agents cost is never replaced.
  private mutating func correct(_ usage: inout TurnUsage) {
    let result = readByModel(for: usage.own)
    if !result.models.isEmpty {
      let moved = usage.own.replace(with: result.models)
      edit { $0.models.add(moved, bound: .max, initial: ModelUsage(), +=) }
    }
    let cost = fields.money(.costUSD).map { ReportedCost(nanoUSD: $0) } ?? result.cost
    guard cost.reports > 0 else { return }
    let old = usage.ownCost.nanoUSD
    edit { totals in
      totals.add(cost)
      // The money moves, the reports stay: a sum that holds only the correction is known, too.
      totals[.costNanoUSD] &-= old
    }
    usage.ownCost = cost
  }

  /// The totals by model that a result carries, for usage that they are to replace; entries that
  /// are not objects are dropped.
  ///
  /// Mutating as ``timeState()`` is.
  private mutating func readByModel(
    for own: OwnUsage
  ) -> (models: NameMap<OwnUsage.Total>, cost: ReportedCost) {
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
    var models = NameMap<OwnUsage.Total>()
    var cost = ReportedCost()
    for (key, value) in entries where value.isObject {
      var total = OwnUsage.Total()
      total.counts.input = value["input"]?.tokens ?? 0
      total.counts.output = value["output"]?.tokens ?? 0
      total.counts.cacheRead = value["cache_read"]?.tokens ?? 0
      total.counts.cacheWrite = value["cache_create"]?.tokens ?? 0
      if let nanoUSD = value["cost_usd"]?.money { total.cost = ReportedCost(nanoUSD: nanoUSD) }
      cost += total.cost
      let model =
        key.isEmpty ? runModel : own.model(named: key.withUnsafeBytes { Name(NameBytes($0)) })
      models[at: models.position(of: model, initial: OwnUsage.Total())] += total
    }
    return (models, cost)
  }

  /// The model of the run, as far as it is known.
  private var runModel: Name { digest.facts.model.map { Name($0) } ?? .unknown }
}
