import ArgumentParser
import Pricing
import RunDigest

/// Which cost is shown, and by which price list.
struct CostOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "reported (what logs say was paid), estimated (by the price list), or auto: reported where "
        + "a run has it, else estimated.",
      valueName: "mode"
    )
  )
  var cost = CostMode.auto

  @OptionGroup var prices: PriceOptions

  var choice: PriceChoice { PriceChoice(mode: cost, path: prices.prices) }

  /// What prices tokens as these options ask for.
  func pricing() throws -> CostEstimator { try choice.pricing() }
}

/// Which price list is in force.
struct PriceOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "A price list, of this program's form or LiteLLM's, whose models are priced by it; all others "
        + "by the built-in list. Else RUNDIGEST_PRICES.",
      valueName: "file"
    )
  )
  var prices: String?

  /// The file that is laid over the built-in list; `nil` for none.
  var path: String? { choice.source }

  func table() throws -> PriceTable { try choice.table() }

  private var choice: PriceChoice { PriceChoice(path: prices) }
}

extension CostMode: ExpressibleByArgument {}
