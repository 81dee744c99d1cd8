import ArgumentParser
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

  private var request: InsightRequest {
    InsightRequest(run: name.run, store: common.store, json: common.json, prices: costs.choice)
  }

  func run() async throws {
    guard fresh else { return try request.answer() }
    let store = try await common.openStore()
    try request.print(try await store.freshInsight(try store.reader.resolveRun(name.run)))
    await store.close()
  }
}
