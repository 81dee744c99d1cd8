package import Events

/// A list of prices: what a million tokens of each model cost, and since when.
///
/// Prices are data. A table is applied when a digest is read and is never stored, so another one
/// needs nothing to be read or folded again.
package struct PriceTable: Sendable {
  /// The day as of which the prices are known, as the table says it.
  package var date: String?
  /// Where they are from.
  package var source: String?
  /// The models of this table itself, by name.
  package var models: [PricedModel]
  /// The table that is asked where this one does not have a model.
  private var below: [PriceTable] = []
  /// The places of models under all of their names, by ascending name.
  private let places: [(name: String, model: Int)]

  init(date: String?, source: String?, models: [PricedModel]) {
    self.date = date
    self.source = source
    self.models = models.sorted { $0.name < $1.name }
    var places: [(name: String, model: Int)] = []
    for (index, model) in self.models.enumerated() {
      places.append((model.name, index))
      for alias in model.aliases { places.append((alias, index)) }
    }
    // A model's own name comes before any other's alias, and of two the later model's.
    let models = self.models
    places.sort { first, second in
      guard first.name == second.name else { return first.name < second.name }
      let isOwn = models[first.model].name == first.name
      guard isOwn == (models[second.model].name == first.name) else { return isOwn }
      return first.model > second.model
    }
    self.places = places
  }

  /// This table laid over another: a model that this one has, under any of its names, is priced by
  /// this one alone; all others by the other.
  package func over(_ other: PriceTable) -> PriceTable {
    var table = self
    table.below = [other]
    return table
  }

  /// The table below this one.
  package var base: PriceTable? { below.first }

  /// All models that are priced, by name: where two tables have one of the same name, the upper's.
  package var allModels: [PricedModel] {
    guard let base else { return models }
    let names = Set(models.map(\.name))
    return (models + base.allModels.filter { !names.contains($0.name) })
      .sorted { $0.name < $1.name }
  }

  /// The table that this program was built with.
  package static func builtIn() throws(PriceTableProblem) -> PriceTable {
    try PriceTable(PackageResources.prices_json, named: "the built-in price list")
  }

  /// The part of the built-in table that is about these models, for a program that is to be quick.
  package static func builtIn(
    of models: [String]
  ) throws(PriceTableProblem) -> PriceTable {
    let names = Set(models.flatMap { ModelName($0).candidates.map(\.name) })
    return try PriceTable(PackageResources.prices_json, named: "the built-in price list", of: names)
  }

  /// A model as a table has it, found by a name of a log.
  package struct Found: Sendable {
    package var model: PricedModel
    /// The service tier that the name asks for.
    package var tier: ServiceTier?

    /// What tokens cost at a time; `nil` where there is no price for them.
    package func cost(of tokens: BilledTokens, at time: Timestamp?) -> TokenCost? {
      model.price(at: time)?.cost(of: tokens, tier: tier)
    }
  }

  /// The model that a name of a log means, if there is a price for it.
  ///
  /// The name itself is looked for first, as a name and as an alias, then what is left of it
  /// without the marks of hosts, dates and modes: O(log n) in the size of the table.
  package func model(named name: String) -> Found? {
    if let model = model(called: name) { return Found(model: model) }
    return find(ModelName(name).candidates)
  }

  private func find(_ candidates: [ModelName.Candidate]) -> Found? {
    for candidate in candidates {
      guard let model = model(called: candidate.name) else { continue }
      if candidate.needsTier, model.prices.allSatisfy({ $0.card(candidate.tier) == nil }) {
        continue
      }
      return Found(model: model, tier: candidate.tier)
    }
    return base?.find(candidates)
  }

  private func model(called name: String) -> PricedModel? {
    var (low, high) = (0, places.count)
    while low < high {
      let middle = (low + high) / 2
      if places[middle].name < name { low = middle + 1 } else { high = middle }
    }
    guard low < places.count, places[low].name == name else { return nil }
    return models[places[low].model]
  }

  /// What tokens of a model cost at a time; `nil` where there is no price for it.
  package func cost(of tokens: BilledTokens, model: String, at time: Timestamp?) -> TokenCost? {
    self.model(named: model)?.cost(of: tokens, at: time)
  }

  /// When prices of these models changed, in order.
  package func changes(of names: some Sequence<String>) -> [Timestamp] {
    var changes: Set<Timestamp> = []
    for name in names {
      // The first price holds for all time before it too.
      for price in (model(named: name)?.model.prices ?? []).dropFirst() {
        if let from = price.from { changes.insert(from) }
      }
    }
    return changes.sorted()
  }
}

/// Says in one sentence why a price list can't be used.
package struct PriceTableProblem: Error, Sendable, Hashable {
  package var sentence: String
  /// Whether there is no file of that name.
  package var isMissingFile: Bool

  package init(_ sentence: String, isMissingFile: Bool = false) {
    self.sentence = sentence
    self.isMissingFile = isMissingFile
  }
}
