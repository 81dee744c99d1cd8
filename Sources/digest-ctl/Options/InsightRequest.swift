import ArgumentParser
import Events
import RunDigest

/// What `insight` is asked for, and the answer to it.
struct InsightRequest {
  var run: String
  var store: String?
  var json = false
  var prices = PriceChoice()

  /// Answers from the digest as it stands.
  func answer() throws {
    let reader = try RunReader.open(at: try CommonOptions.path(ofStore: store))
    try print(try reader.insight(try reader.resolveRun(run).name))
  }

  func print(_ insight: RunDigest.Insight) throws {
    var models = insight.digest.totals.models.entries.map(\.name)
    models += insight.family.models.entries.map(\.name)
    let pricing = try prices.pricing(of: models)
    guard json else { return InsightPage(insight: insight, pricing: pricing).print() }
    var json = JSONWriter(.compact, reserving: 8192)
    let firstTs = insight.digest.firstTs
    insight.write(to: &json) { pricing.estimate($0, at: firstTs) }
    json.newline()
    try Output.write(json.bytes)
  }
}

extension InsightRequest {
  /// Reads the command line of `insight` in its plain form: the run, `--json` and `--store`, each
  /// once.
  ///
  /// A script that looks at many runs starts the program for each, and the parser takes longer than
  /// all of the answer: it finds out at run time what a command line may have. What is not plain,
  /// wrong use among it, is the parser's, which knows all that may be said and how to answer it.
  init?(plain arguments: some Collection<String>) {
    guard arguments.first == "insight" else { return nil }
    var run: String?
    var rest = arguments.dropFirst()
    while let argument = rest.popFirst() {
      switch argument {
      case "--json" where !json:
        json = true
      case "--store" where store == nil:
        guard let value = rest.popFirst(), !value.hasPrefix("-") else { return nil }
        store = value
      default:
        guard run == nil, !argument.hasPrefix("-") else { return nil }
        run = argument
      }
    }
    guard let run else { return nil }
    self.run = run
  }
}
