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
    of wanted: Set<String>? = nil
  ) throws(PriceTableProblem) {
    self = try bytes.withUnsafeBytes { text in
      Result { () throws(PriceTableProblem) in try PriceTable(text, named: name, of: wanted) }
    }.get()
  }

  private init(
    _ text: UnsafeRawBufferPointer,
    named name: String,
    of wanted: Set<String>?
  ) throws(PriceTableProblem) {
    let value: JSONValue
    do throws(JSONError) {
      value = try JSONValue.parse(text)
    } catch {
      throw PriceTableProblem("\(name) is not a price list: \(error.description)")
    }
    guard let object = JSONObject(value) else {
      throw PriceTableProblem("\(name) is not a price list: it is JSON, but not an object")
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
    of wanted: Set<String>?
  ) throws(PriceTableProblem) {
    guard object["version"]?.int ?? 1 == 1 else {
      throw PriceTableProblem(
        "\(name) is a price list of another version; this program reads version 1"
      )
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
      throw PriceTableProblem("\(table): \(model) is not an object of prices")
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
