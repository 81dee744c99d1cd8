import Events
import Folding
import LogFormats
import RunDigest

/// Prices what digests count, as was asked for.
struct Pricing {
  let mode: CostMode
  /// `nil` where nothing is to be estimated.
  let table: PriceTable?

  /// What the tokens of some models cost at a time, in microseconds since 1970; without one, now.
  func estimate(_ models: NameMap<ModelUsage>, at time: Int64?) -> CostEstimate {
    var sum = Estimate()
    add(models, at: time, to: &sum)
    return sum.result
  }

  func add(_ models: NameMap<ModelUsage>, at time: Int64?, to sum: inout Estimate) {
    guard let table else { return }
    for (name, usage) in models.sorted {
      let tokens = BilledTokens(usage)
      // What used no token cost nothing, by whatever list.
      guard !tokens.isZero else { continue }
      let time = time.map(Timestamp.init(microseconds:))
      sum.add(table.cost(of: tokens, model: name, at: time), of: name)
    }
  }

  /// The cost of a run as a list shows it, by the prices at its first event.
  func cost(of run: RunSummary) -> ShownCost {
    let totals = run.digest?.totals ?? Totals()
    let estimate = estimate(totals.models, at: run.digest?.firstTs)
    return ShownCost.ofRun(mode, reported: totals.cost, estimate: estimate)
  }

  /// An estimate in the making; rounded once, at its end.
  struct Estimate {
    private var cost: TokenCost?
    private var unpriced: Set<String> = []
    private var atLeast: Set<String> = []

    mutating func add(_ part: TokenCost?, of model: String) {
      guard let part else {
        unpriced.insert(model)
        return
      }
      cost = (cost ?? TokenCost()) + part
      if part.isLowerBound { atLeast.insert(model) }
    }

    var result: CostEstimate {
      CostEstimate(
        nanoUSD: cost?.nanoUSD,
        unpricedModels: unpriced.sorted(),
        lowerBoundModels: atLeast.sorted()
      )
    }
  }
}

extension BilledTokens {
  /// The tokens of a model, those of sub-agents included.
  fileprivate init(_ usage: ModelUsage) {
    self.init()
    all = Classes(usage.own)
    all += Classes(usage.subagent)
    long = Classes(usage.longContext.over200k)
    long += Classes(usage.subagentLongContext.over200k)
  }
}

extension BilledTokens.Classes {
  // Reasoning is a part of the output, and billed as such.
  fileprivate init(_ counts: Folding.TokenCounts) {
    self.init()
    input = counts.input
    output = counts.output
    cacheRead = counts.cacheRead
    cacheWrite = counts.cacheWrite
    cacheWrite1h = counts.cacheWrite1h
  }
}
