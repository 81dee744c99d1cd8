import ArgumentParser
import Events
import LogFormats
import RunDigest

/// Prints the price list in force.
struct PricesVerb: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "prices",
    abstract: "Print the price list that costs are estimated by.",
    discussion: """
      In dollars per million tokens. A model may be named as logs name it, with a provider, a date \
      or a mode: the price that would be taken for it is printed, with what it was before.

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
    var models = table.models
    var isFast = false
    if let model {
      guard let found = table.model(named: model) else {
        throw Failure.Problem(
          code: Failure.notFound,
          sentence: "there is no price for \(model); digest-ctl prices lists what there is, and "
            + "--prices takes another list"
        )
      }
      models = [found.model]
      isFast = found.isFast
    }
    let page = PricesPage(
      table: table,
      path: prices.path,
      models: models,
      isFast: isFast,
      showsAll: model != nil
    )
    if json { try page.printJSON() } else { page.print() }
  }
}
