import ArgumentParser
import Events
import Pricing
import RunDigest

/// Prints the sum over a session.
struct SessionVerb: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "session",
    abstract: "Print the sum over a session, whatever runs its events are in.",
    discussion: """
      EXAMPLE
        digest-ctl session s-1
      """
  )

  @OptionGroup var common: CommonOptions
  @OptionGroup var costs: CostOptions

  @Argument(help: "The session, or the beginning of its name.")
  var session: String

  func run() throws {
    let pricing = try costs.pricing()
    let reader = try common.openReader()
    let sum = try reader.session(try reader.resolveSession(session))
    let estimate = pricing.estimate(sum.totals.models, at: sum.firstTs)
    guard common.json else {
      return SessionPage(sum: sum, mode: pricing.mode, estimate: estimate).print()
    }
    var json = JSONWriter(.compact, reserving: 8192)
    sum.write(to: &json) { totals, json in estimate.write(reported: totals.cost, to: &json) }
    json.newline()
    try Output.write(json.bytes)
  }
}
