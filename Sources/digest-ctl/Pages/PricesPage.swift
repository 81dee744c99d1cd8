import Events
import Pricing
import RunDigest

/// A price list, or a part of it.
struct PricesPage {
  let table: PriceTable
  /// The file that is laid over the built-in list; `nil` for none.
  let path: String?
  let models: [PricedModel]
  /// The service tier that the model was asked for in.
  let tier: ServiceTier?
  /// Whether all is shown that is known of a model: its tiers, and its prices of the past.
  let showsAll: Bool

  func print() {
    var page = Table([
      .flexible("MODEL"), .left("SINCE"), .right("INPUT"), .right("CACHE READ"),
      .right("CACHE WRITE"), .right("WRITE 1H"), .right("OUTPUT"), .optional("TIERS"),
    ])
    for model in models {
      let now = model.price(at: StoreOptions.wallClock())
      for price in showsAll ? model.prices : [now].compactMap(\.self) {
        add(price, of: model.name, to: &page)
      }
    }
    page.print()
    Output.line()
    if let tier { Output.line("asked for in the tier \(tier.rawValue)") }
    Output.line("dollars per million tokens")
    if showsAll { printExtras() }
    Output.line(Style.standard.dim(Text.clean(origin)))
    if let age { Output.line(Style.standard.warn(age)) }
  }

  private func add(_ price: Price, of model: String, to page: inout Table) {
    let tiers = price.tiers.map(\.tier.rawValue).joined(separator: " ")
    page.add(row(model, price.from, price.standard.rates, tiers: showsAll ? "" : tiers))
    addLong(price.standard, to: &page)
    guard showsAll else { return }
    for tier in price.tiers {
      page.add(row("  " + tier.tier.rawValue, nil, tier.card.rates))
      addLong(tier.card, indent: "  ", to: &page)
    }
  }

  private func addLong(_ card: RateCard, indent: String = "", to page: inout Table) {
    for long in card.longContext {
      let name = "\(indent)  above \(Units.count(long.above)) tokens of context"
      page.add(row(name, nil, long.rates))
    }
  }

  /// What is not paid by the token.
  private func printExtras() {
    guard let price = models.first?.prices.last else { return }
    if let searches = price.webSearches {
      Output.line("web searches $\(Self.dollars(searches)) per 1,000")
    }
    if let factor = price.unitedStates {
      Output.line("asked for in the United States alone: × \(Self.decimal(factor, places: 3))")
    }
  }

  private var origin: String {
    func describe(_ list: String, _ table: PriceTable) -> String {
      let date = table.date.map { " of \($0)" } ?? ""
      return list + date + (table.source.map { ": \($0)" } ?? "")
    }
    let builtIn = "the built-in price list"
    guard let path, let base = table.base else { return describe(builtIn, table) }
    return describe("the price list \(path)", table) + "; all other models by "
      + describe(builtIn, base)
  }

  /// How old the built-in list is, once that matters: prices change every month.
  private var age: String? {
    let builtIn = table.base ?? table
    guard let date = builtIn.date, let day = Timestamp(date + "T00:00:00Z") else { return nil }
    let days = (StoreOptions.wallClock().microseconds - day.microseconds) / 86_400_000_000
    guard days > 30 else { return nil }
    return "the built-in list is \(Units.count(days)) days old: newer models have no price, and "
      + "prices may have changed; --prices adds a newer list"
  }

  private func row(
    _ name: String,
    _ since: Timestamp?,
    _ rates: TokenRates,
    tiers: String = ""
  ) -> [Table.Cell] {
    [
      Table.Cell(name),
      Table.Cell(since.map { String($0.description.prefix(10)) } ?? ""),
      Table.Cell(Self.dollars(rates.input)),
      Table.Cell(Self.dollars(rates.cacheRead)),
      Table.Cell(Self.dollars(rates.cacheWrite)),
      Table.Cell(Self.dollars(rates.cacheWrite1h)),
      Table.Cell(Self.dollars(rates.output)),
      Table.Cell(tiers),
    ]
  }

  /// Nano-dollars as dollars with at least two places.
  private static func dollars(_ nano: Int64) -> String {
    let text = decimal(nano, places: 9)
    guard let point = text.firstIndex(of: ".") else { return text + ".00" }
    let places = text.distance(from: point, to: text.endIndex) - 1
    return places < 2 ? text + "0" : text
  }

  private static func decimal(_ value: Int64, places: Int) -> String {
    let digits = String(value)
    let padded = String(repeating: "0", count: max(0, places + 1 - digits.count)) + digits
    var fraction = padded.suffix(places)
    while fraction.last == "0" { fraction.removeLast() }
    return padded.dropLast(places) + (fraction.isEmpty ? "" : "." + fraction)
  }
}
