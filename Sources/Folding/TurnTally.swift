/// The agent's own tokens of one turn by model, kept so that a result can replace them.
struct TurnTally: Sendable, Hashable {
  struct Entry: Sendable, Hashable {
    var own = TokenCounts()
    var longContext = TokenCounts()
  }

  private(set) var models = NameMap<Entry>()

  /// More models than any digest keeps; what is beyond is tallied under `(other)`.
  static let modelsMax = 256

  init() {}

  init(models: NameMap<Entry>) {
    self.models = models
  }

  mutating func add(_ counts: TokenCounts, isLong: Bool, model: Name) {
    let position = models.position(of: model, bound: Self.modelsMax, initial: Entry())
    models[at: position].own += counts
    if isLong { models[at: position].longContext += counts }
  }

  /// Replaces the token classes by an authoritative total, and says by how much each model moved.
  ///
  /// Requests stay, since they count events. The parts that the total cannot know stay too, cut to
  /// it: reasoning to output, one-hour writes to writes, every long-context class to its own. A
  /// model that the total does not name becomes 0.
  mutating func replace(with totals: NameMap<TokenCounts>) -> NameMap<ModelUsage> {
    for (name, _) in zip(totals.names, totals.values) {
      _ = models.position(of: name, bound: Self.modelsMax, initial: Entry())
    }
    var fresh = NameMap<TokenCounts>()
    for (name, counts) in zip(totals.names, totals.values) {
      let kept = models.names[models.position(of: name, bound: Self.modelsMax, initial: Entry())]
      fresh[at: fresh.position(of: kept, initial: TokenCounts())] += counts
    }
    var moved = NameMap<ModelUsage>()
    for index in models.names.indices {
      let old = models[at: index]
      let name = models.names[index]
      var new = Entry()
      new.own = fresh.names.firstIndex(of: name).map { fresh[at: $0] } ?? TokenCounts()
      new.own.requests = old.own.requests
      new.own.partialRequests = old.own.partialRequests
      new.own.reasoning = min(old.own.reasoning, new.own.output)
      new.own.cacheWrite1h = min(old.own.cacheWrite1h, new.own.cacheWrite)
      new.longContext = old.longContext.cut(to: new.own)
      models[at: index] = new
      var delta = ModelUsage()
      delta.own += new.own
      delta.own -= old.own
      delta.longContext += new.longContext
      delta.longContext -= old.longContext
      _ = moved.append(name, delta)
    }
    return moved
  }

  /// The classes that a turn row shows, over all models.
  var tokens: TurnTokens {
    var sum = TokenCounts()
    for entry in models.values { sum += entry.own }
    var tokens = TurnTokens()
    tokens.input = sum.input
    tokens.output = sum.output
    tokens.cacheRead = sum.cacheRead
    tokens.cacheWrite = sum.cacheWrite
    return tokens
  }
}
