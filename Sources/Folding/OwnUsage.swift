internal import Events

/// The agent's own tokens of one turn by model, kept so that a result can replace them.
struct OwnUsage: Sendable, Hashable {
  struct Entry: Sendable, Hashable, CounterFields {
    var counts = TokenUsage()
    var longContext = LongContext()
    var unitedStates = TokenUsage()
    var cost = ReportedCost()
  }

  /// What a result says of one model.
  struct Total: Sendable, Hashable, CounterFields {
    var counts = TokenUsage()
    var cost = ReportedCost()
  }

  private(set) var models = NameMap<Entry>()

  /// More models than any digest keeps; what is beyond is counted under `(other)`.
  static let modelsMax = 256

  init() {}

  init(models: NameMap<Entry>) {
    self.models = models
  }

  mutating func add(_ request: BilledRequest) {
    let position = position(of: request.model)
    models[at: position].counts += request.counts
    models[at: position].longContext.add(request.counts)
    if request.isUnitedStates { models[at: position].unitedStates += request.counts }
    if let nanoUSD = request.nanoUSD {
      models[at: position].cost += ReportedCost(nanoUSD: nanoUSD)
    }
  }

  mutating func subtract(_ request: BilledRequest) {
    let position = position(of: request.model)
    models[at: position].counts -= request.counts
    models[at: position].longContext.subtract(request.counts)
    if request.isUnitedStates { models[at: position].unitedStates -= request.counts }
    models[at: position].cost.takeBack(request)
  }

  mutating func merge(_ other: OwnUsage) {
    models.add(other.models, bound: Self.modelsMax, initial: Entry(), +=)
  }

  private mutating func position(of model: Name) -> Int {
    models.position(of: model, bound: Self.modelsMax, initial: Entry())
  }

  /// The model that a result means by a name: a bare one that was only met under one tier is that.
  func model(named name: Name) -> Name {
    guard name.isWithoutTier, !models.names.contains(name) else { return name }
    let tiers = ServiceTier.allCases.map(name.with).filter { models.names.contains($0) }
    return tiers.count == 1 ? tiers[0] : name
  }

  /// Replaces the token classes by an authoritative total, and says by how much each model moved.
  ///
  /// A model that the total does not name becomes 0.
  mutating func replace(with totals: NameMap<Total>) -> NameMap<ModelUsage> {
    for name in totals.names { _ = position(of: name) }
    var fresh = NameMap<Total>()
    for (name, total) in zip(totals.names, totals.values) {
      let kept = models.names[position(of: name)]
      fresh[at: fresh.position(of: kept, initial: Total())] += total
    }
    var moved = NameMap<ModelUsage>()
    for index in models.names.indices {
      let old = models[at: index]
      let name = models.names[index]
      let total = fresh.names.firstIndex(of: name).map { fresh[at: $0] } ?? Total()
      var new = Entry()
      new.counts = old.counts.replaced(by: total.counts)
      new.longContext = old.longContext.cut(to: new.counts)
      // A total may be negative after corrections: a part that is not there stays so.
      if old.unitedStates.requests != 0 { new.unitedStates = old.unitedStates.cut(to: new.counts) }
      new.cost = total.cost
      models[at: index] = new
      var delta = ModelUsage()
      delta.own += new.counts
      delta.own -= old.counts
      delta.longContext += new.longContext
      delta.longContext -= old.longContext
      delta.unitedStates += new.unitedStates
      delta.unitedStates -= old.unitedStates
      _ = moved.append(name, delta)
    }
    return moved
  }

  /// The classes that a turn row shows, over all models.
  var tokens: TurnTokens {
    var sum = TokenUsage()
    for entry in models.values { sum += entry.counts }
    var tokens = TurnTokens()
    tokens.input = sum.input
    tokens.output = sum.output
    tokens.cacheRead = sum.cacheRead
    tokens.cacheWrite = sum.cacheWrite
    return tokens
  }

  /// The models that a turn row shows: the first eight, and the rest under `(other)`.
  var turnModels: NameMap<TurnModel> {
    var shown = NameMap<TurnModel>()
    for (name, entry) in zip(models.names, models.values) {
      let position = shown.position(of: name, bound: TurnModel.namesMax, initial: TurnModel())
      shown[at: position].add(entry.counts, costing: entry.cost.value)
    }
    return shown
  }
}
