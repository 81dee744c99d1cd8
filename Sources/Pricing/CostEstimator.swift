package import Events
package import Folding
private import Synchronization

/// Estimates the cost of the tokens that digests count, in one ``CostMode``.
package struct CostEstimator: Sendable {
  package let mode: CostMode
  /// The prices; `nil` if nothing is estimated.
  package let table: PriceTable?
  private let found = FoundPrices()

  package init(mode: CostMode, table: PriceTable?) {
    self.mode = mode
    self.table = table
  }

  /// What the tokens of some models cost at a time, in microseconds since 1970; without one, now.
  package func estimate(_ models: NameMap<ModelUsage>, at time: Timestamp?) -> CostEstimate {
    var sum = Estimate()
    add(models, at: time, to: &sum)
    return sum.result
  }

  package func add(_ models: NameMap<ModelUsage>, at time: Timestamp?, to sum: inout Estimate) {
    for (name, usage) in models.sorted {
      sum.add(inexactRequests: usage.inexactRequests)
      add(BilledTokens(usage), of: name, at: time, to: &sum)
    }
  }

  /// What the sub-agents in a run's own log cost, which is a part of what the run did.
  package func estimateOfSubagents(
    _ models: NameMap<ModelUsage>,
    at time: Timestamp?
  ) -> CostEstimate {
    var sum = Estimate()
    for (name, usage) in models.sorted {
      add(BilledTokens(ofSubagents: usage), of: name, at: time, to: &sum)
    }
    return sum.result
  }

  /// What a model of this name costs at most for each unit of ``CostWeight``, in nano-dollars.
  package func ceiling(of model: String) -> Double {
    guard let table else { return 0 }
    return found.model(named: model, in: table)?.ceiling ?? 0
  }

  private func add(
    _ tokens: BilledTokens,
    of model: String,
    at time: Timestamp?,
    to sum: inout Estimate
  ) {
    // What used no token cost nothing, by whatever list.
    guard let table, !tokens.isZero else { return }
    sum.add(found.model(named: model, in: table)?.cost(of: tokens, at: time), of: model)
  }

  /// An estimate in the making; rounded once, at its end.
  package struct Estimate {
    private var cost: TokenCost?
    private var unpriced: Set<String> = []
    private var atLeast: Set<String> = []
    private var inexactRequests: Int64 = 0

    package init() {}

    mutating func add(_ part: TokenCost?, of model: String) {
      guard let part else {
        unpriced.insert(model)
        return
      }
      cost = (cost ?? TokenCost()) + part
      if part.isLowerBound { atLeast.insert(model) }
    }

    mutating func add(inexactRequests: Int64) {
      self.inexactRequests &+= inexactRequests
    }

    package var result: CostEstimate {
      CostEstimate(
        nanoUSD: cost?.nanoUSD,
        unpricedModels: unpriced.sorted(),
        lowerBoundModels: atLeast.sorted(),
        inexactRequests: inexactRequests
      )
    }
  }
}

/// The models that names mean, each looked up once: a list of runs has few names, many times.
private final class FoundPrices: Sendable {
  private let found = Mutex<[String: PriceTable.Found?]>([:])

  func model(named name: String, in table: PriceTable) -> PriceTable.Found? {
    found.withLock { found in
      if let known = found[name] { return known }
      let model = table.model(named: name)
      found.updateValue(model, forKey: name)
      return model
    }
  }
}
