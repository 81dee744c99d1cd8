import ArgumentParser
import Events
import Pricing
import RunDigest

/// Prints the digest of a run.
struct InsightVerb: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "insight",
    abstract: "Print the digest of a run: time, turns, tokens, cost, tools, failures, outcome.",
    discussion: """
      One row is read, however long the run is, and nothing is folded. With --fresh what the \
      digest does not cover yet is folded first.

      EXAMPLE
        digest-ctl insight agent-7
        digest-ctl insight agent-7 --json | jq .outcome.status
      """
  )

  @OptionGroup var common: CommonOptions
  @OptionGroup var costs: CostOptions
  @OptionGroup var name: RunArgument

  @Flag(help: "Fold what the log has beyond the digest first.")
  var fresh = false

  func run() async throws {
    guard fresh else {
      let reader = try common.openReader()
      return try print(try reader.insight(try reader.resolveRun(name.run)))
    }
    let store = try await common.openStore()
    try print(try await store.freshInsight(try store.reader.resolveRun(name.run)))
    await store.close()
  }

  private func print(_ insight: RunDigest.Insight) throws {
    var models = insight.digest.totals.models.entries.map(\.name)
    models += insight.family.models.entries.map(\.name)
    let pricing = try costs.choice.pricing(of: models)
    guard common.json else { return InsightPage(insight: insight, pricing: pricing).print() }
    var json = JSONWriter(.compact, reserving: 8192)
    let firstTs = insight.digest.firstTs
    insight.write(to: &json) { totals, json in
      pricing.estimate(totals.models, at: firstTs).write(reported: totals.cost, to: &json)
    }
    json.newline()
    try Output.write(json.bytes)
  }
}
