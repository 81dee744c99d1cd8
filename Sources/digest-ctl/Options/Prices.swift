import Folding
import RunDigest

/// What tokens cost by a price list; there is none yet, so nothing is estimated.
enum Prices {
  static func estimate(_ models: NameMap<ModelUsage>) -> CostEstimate { .none }
}
