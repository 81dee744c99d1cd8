internal import Events

// The two forms of a price list, told apart by content: this program's own, an object with
// `models`, and LiteLLM's `model_prices_and_context_window.json`, an object of models.
extension PriceTable {
  /// Reads a price list.
  ///
  /// `name` is what it is called in the sentence of a problem. With `wanted`, the models that have
  /// none of these names are left out of a list of this program's form.
  package init(
    _ bytes: [UInt8],
    named name: String,
    of wanted: [String]? = nil
  ) throws(PriceTableProblem) {
    self = try bytes.withUnsafeBytes { text in
      Result { () throws(PriceTableProblem) in try PriceTable(text, named: name, of: wanted) }
    }.get()
  }

  private init(
    _ text: UnsafeRawBufferPointer,
    named name: String,
    of wanted: [String]?
  ) throws(PriceTableProblem) {
    let value: JSONValue
    do throws(JSONError) {
      value = try JSONValue.parse(text)
    } catch {
      throw PriceTableProblem("\(name) is no price list: \(error.description)")
    }
    guard let object = JSONObject(value) else {
      throw PriceTableProblem("\(name) is no price list: it is JSON, but no object")
    }
    if let models = object["models"], models.isObject {
      try self.init(own: object, models, name, of: wanted)
    } else {
      try self.init(liteLLM: value, name)
    }
  }

  private init(
    own object: JSONObject,
    _ models: JSONValue,
    _ name: String,
    of wanted: [String]?
  ) throws(PriceTableProblem) {
    guard object["version"]?.int ?? 1 == 1 else {
      throw PriceTableProblem("\(name) is a price list of another version; this one reads 1")
    }
    var found: [PricedModel] = []
    var problem: PriceTableProblem?
    models.forEachMember { key, value in
      guard problem == nil else { return }
      let model = String(decoding: key, as: UTF8.self)
      if let wanted, !wanted.contains(model), value.aliases.allSatisfy({ !wanted.contains($0) }) {
        return
      }
      do throws(PriceTableProblem) {
        found.append(try PricedModel(own: value, model, in: name))
      } catch {
        problem = error
      }
    }
    if let problem { throw problem }
    guard !found.isEmpty || wanted != nil else {
      throw PriceTableProblem("\(name) has no model in it")
    }
    self.init(date: object.text("date"), source: object.text("source"), models: found)
  }
}

extension JSONValue {
  /// What else a model of this program's list is called.
  fileprivate var aliases: [String] {
    var aliases: [String] = []
    JSONObject(self)?["aliases"]?.forEachElement {
      if let alias = $0.text { aliases.append(alias) }
    }
    return aliases
  }
}

extension PricedModel {
  fileprivate init(
    own value: JSONValue,
    _ model: String,
    in table: String
  ) throws(PriceTableProblem) {
    guard let object = JSONObject(value) else {
      throw PriceTableProblem("\(table): \(model) is no object of prices")
    }
    var prices: [Price] = []
    if let list = object["prices"] {
      var problem: PriceTableProblem?
      list.forEachElement { element in
        guard problem == nil else { return }
        do throws(PriceTableProblem) {
          prices.append(try Price(own: element, model, in: table))
        } catch {
          problem = error
        }
      }
      if let problem { throw problem }
      guard !prices.isEmpty else { throw PriceTableProblem("\(table): \(model) has no prices") }
    } else {
      prices = [try Price(own: value, model, in: table)]
    }
    // The first that is known holds from ever, whatever it says.
    prices.sort { ($0.from?.microseconds ?? .min) < ($1.from?.microseconds ?? .min) }
    self.init(name: model, aliases: value.aliases, prices: prices)
  }
}

extension Price {
  fileprivate init(
    own value: JSONValue,
    _ model: String,
    in table: String
  ) throws(PriceTableProblem) {
    guard let object = JSONObject(value) else {
      throw PriceTableProblem("\(table): a price of \(model) is no object")
    }
    let reader = RateReader(object: object, model: model, table: table, power: 9)
    rates = try reader.rates(Self.keys)
    from = nil
    if let day = object["from"] {
      guard let text = day.text, let time = Timestamp(text) ?? Timestamp(text + "T00:00:00Z") else {
        throw PriceTableProblem("\(table): from of \(model) is no date; write 2026-08-21")
      }
      from = time
    }
    if let fast = object["fast"] {
      guard let factor = fast.rounded(timesTenTo: 3), (1...1_000_000).contains(factor) else {
        throw PriceTableProblem("\(table): fast of \(model) is no multiplier up to 1000")
      }
      self.fast = factor
    }
    if let long = object.object("long_context") {
      guard let above = long.count("above") else {
        throw PriceTableProblem("\(table): long_context of \(model) has no above, in tokens")
      }
      let reader = RateReader(object: long, model: model, table: table, power: 9)
      longContext = LongContext(above: above, rates: try reader.rates(Self.keys))
    }
  }

  private static var keys: RateReader.Keys {
    RateReader.Keys(
      input: "input",
      output: "output",
      cacheRead: "cache_read",
      cacheWrite: "cache_write",
      cacheWrite1h: "cache_write_1h"
    )
  }
}
