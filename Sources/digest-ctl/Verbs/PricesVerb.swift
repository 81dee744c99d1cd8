import ArgumentParser
import Events
import Pricing
import RunDigest

/// Prints the price list in force.
struct PricesVerb: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "prices",
    abstract: "Print the price list that costs are estimated by.",
    discussion: """
      In dollars per million tokens. A model may be named as logs name it, with a provider, a date \
      or a mode: the price that would be taken for it is printed, with its tiers and what it was \
      before.

      EXAMPLE
        digest-ctl prices
        digest-ctl prices us.anthropic.claude-sonnet-4-5-20250929-v1:0
        digest-ctl prices gpt-5.6-sol --prices model_prices_and_context_window.json
      """
  )

  @Flag(help: "Print JSON for programs: one object.")
  var json = false

  @OptionGroup var prices: PriceOptions

  @Argument(help: "A model; without it all of them.")
  var model: String?

  func run() throws {
    let table = try prices.table()
    var models = table.allModels
    var tier: ServiceTier?
    if let model {
      guard let found = table.model(named: model) else {
        throw Failure.Problem(
          code: Failure.notFound,
          sentence: "there is no price for \(model); digest-ctl prices lists what there is, and "
            + "--prices adds a list"
        )
      }
      models = [found.model]
      tier = found.tier
    }
    let page = PricesPage(
      table: table,
      path: prices.path,
      models: models,
      tier: tier,
      showsAll: model != nil
    )
    if json { try page.printJSON() } else { page.print() }
  }
}
