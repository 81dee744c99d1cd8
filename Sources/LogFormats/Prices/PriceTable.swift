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
  /// The models, by name.
  package var models: [PricedModel]
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

  /// The table that this program was built with.
  package static func builtIn() throws(PriceTableProblem) -> PriceTable {
    try PriceTable(PackageResources.prices_json, named: "the built-in price list")
  }

  /// The part of the built-in table that is about these models, for a program that is to be quick.
  package static func builtIn(
    of models: [String]
  ) throws(PriceTableProblem) -> PriceTable {
    let names = models.flatMap { ModelName($0).candidates.map(\.name) }
    return try PriceTable(PackageResources.prices_json, named: "the built-in price list", of: names)
  }

  /// The model that a name of a log means, if the table has it; O(log n) in the size of the table.
  ///
  /// The name itself is looked for first, as a name and as an alias, then what is left of it
  /// without the marks of providers, dates and modes.
  package func model(named name: String) -> (model: PricedModel, isFast: Bool)? {
    for candidate in ModelName(name).candidates {
      guard let model = model(called: candidate.name) else { continue }
      // A model without a fast mode is not known by its fast name.
      if candidate.isFast, model.prices.contains(where: { $0.fast == nil }) { continue }
      return (model, candidate.isFast)
    }
    return nil
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

  /// What tokens of a model cost at a time; `nil` where the table has no price for it.
  package func cost(of tokens: BilledTokens, model: String, at time: Timestamp?) -> TokenCost? {
    guard let (model, isFast) = self.model(named: model), let price = model.price(at: time) else {
      return nil
    }
    return price.cost(of: tokens, isFast: isFast)
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

  init(_ sentence: String, isMissingFile: Bool = false) {
    self.sentence = sentence
    self.isMissingFile = isMissingFile
  }
}
