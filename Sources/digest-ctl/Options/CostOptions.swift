import ArgumentParser
import LogFormats
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
  func pricing() throws -> Pricing { try choice.pricing() }
}

/// Which price list is in force.
struct PriceOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "A price list in place of the built-in one, of this program's form or LiteLLM's; else "
        + "RUNDIGEST_PRICES.",
      valueName: "file"
    )
  )
  var prices: String?

  /// Where the list is from; `nil` for the built-in one.
  var path: String? { choice.source }

  func table() throws -> PriceTable { try choice.table() }

  private var choice: PriceChoice { PriceChoice(path: prices) }
}

extension CostMode: ExpressibleByArgument {}
