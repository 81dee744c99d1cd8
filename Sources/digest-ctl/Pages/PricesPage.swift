import Events
import LogFormats
import RunDigest

/// A price list, or a part of it.
struct PricesPage {
  let table: PriceTable
  /// Where it is from; `nil` for the built-in one.
  let path: String?
  let models: [PricedModel]
  /// Whether the model was asked for in its fast mode.
  let isFast: Bool
  /// Whether prices of the past are shown too.
  let showsAll: Bool

  func print() {
    var page = Table([
      .flexible("MODEL"), .left("SINCE"), .right("INPUT"), .right("CACHE READ"),
      .right("CACHE WRITE"), .right("WRITE 1H"), .right("OUTPUT"), .right("FAST"),
    ])
    for model in models {
      let now = model.price(at: StoreOptions.wallClock())
      for price in showsAll ? model.prices : [now].compactMap(\.self) {
        page.add(row(model.name, price, price.rates))
        guard let long = price.longContext else { continue }
        let name = "  above \(Units.count(long.above)) tokens of context"
        page.add(row(name, nil, long.rates, fast: price.fast))
      }
    }
    page.print()
    Output.line()
    if isFast { Output.line("meant is its fast mode, in which all prices are multiplied") }
    Output.line("dollars per million tokens")
    Output.line(Style.standard.dim(origin))
  }

  private var origin: String {
    let list = path.map { "the price list \($0)" } ?? "the built-in price list"
    let date = table.date.map { " of \($0)" } ?? ""
    let source = table.source.map { ": \($0)" } ?? ""
    return Text.clean(list + date + source)
  }

  private func row(
    _ name: String,
    _ price: Price?,
    _ rates: TokenRates,
    fast: Int64? = nil
  ) -> [Table.Cell] {
    [
      Table.Cell(name),
      Table.Cell(price?.from.map { String($0.description.prefix(10)) } ?? ""),
      Table.Cell(Self.dollars(rates.input)),
      Table.Cell(Self.dollars(rates.cacheRead)),
      Table.Cell(Self.dollars(rates.cacheWrite)),
      Table.Cell(Self.dollars(rates.cacheWrite1h)),
      Table.Cell(Self.dollars(rates.output)),
      Table.Cell(price?.fast.map { "× " + Self.decimal($0, places: 3) } ?? ""),
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

  func printJSON() throws {
    var writer = JSONWriter(.compact, reserving: 16_384)
    writer.object { json in
      json.member("file", path)
      json.member("date", table.date)
      json.member("source", table.source)
      json.object("models") { json in
        for model in models {
          json.object(model.name) { json in
            json.member("aliases", model.aliases)
            json.array("prices") { json in
              for price in model.prices { json.object { price.write(to: &$0) } }
            }
          }
        }
      }
    }
    writer.newline()
    try Output.write(writer.bytes)
  }
}

extension Price {
  fileprivate func write(to json: inout JSONWriter) {
    json.member("from", from)
    rates.write(to: &json)
    json.key("long_context")
    if let longContext {
      json.object { json in
        json.member("above", longContext.above)
        longContext.rates.write(to: &json)
      }
    } else {
      json.null()
    }
    json.member("fast", fast.map { Double($0) / 1000 })
  }
}

extension TokenRates {
  fileprivate func write(to json: inout JSONWriter) {
    json.money("input", input)
    json.money("output", output)
    json.money("cache_read", cacheRead)
    json.money("cache_write", cacheWrite)
    json.money("cache_write_1h", cacheWrite1h)
  }
}
