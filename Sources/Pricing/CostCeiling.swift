internal import Folding

extension PriceTable.Found {
  /// What the model costs at most for each unit of ``CostWeight``, at any time, in nano-dollars.
  var ceiling: Double {
    model.prices.map { price in
      let card = price.card(tier) ?? price.standard
      let rates = ([card.rates] + card.longContext.map(\.rates)).map(\.ceiling).max() ?? 0
      let search = Double(price.webSearches ?? 0) / 1000 / Double(CostWeight.webSearch)
      return max(rates * Double(max(1000, price.unitedStates ?? 1000)) / 1000, search)
    }.max() ?? 0
  }
}

extension TokenRates {
  /// A rate is nano-dollars for a million tokens.
  fileprivate var ceiling: Double {
    let ratios = [
      (input, CostWeight.input), (output, CostWeight.output), (cacheRead, CostWeight.cacheRead),
      (cacheWrite, CostWeight.cacheWrite), (cacheWrite1h, CostWeight.cacheWrite1h),
    ]
    return ratios.map { Double($0) / 1_000_000 / Double($1) }.max() ?? 0
  }
}
