public import ArgumentParser
import Events
import Folding
import Pricing
public import RunDigest

/// Lists runs.
struct RunsVerb: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "runs",
    abstract: "List the runs of the store, the latest first.",
    discussion: """
      EXAMPLE
        digest-ctl runs --since 24h --outcome failed --outcome crashed
        digest-ctl runs --project ~/work/app --sort tokens --limit 10
      """
  )

  @OptionGroup var common: CommonOptions
  @OptionGroup var costs: CostOptions

  @Option(help: "Only runs of this agent, for example claude-code.")
  var agent: String?

  @Option(help: "Only runs in this folder or below it.")
  var project: String?

  @Option(help: "Only runs that used this model.")
  var model: String?

  @Option(
    help: "Only runs that ended so, or 'running'; may be repeated."
  )
  var outcome: [String] = []

  @Option(help: "Only runs with an event since then: 24h, 7d, 2026-06-01 or a full time.")
  var since: TimeArgument?

  @Option(help: "Sort by last, first, name, events, tokens, cost, errors or span.")
  var sort = RunListQuery.Order.last

  @Flag(help: "Sort the other way round.")
  var reverse = false

  @Option(help: "Print at most this many runs; without it 50 for people, all with --json.")
  var limit: Int?

  @Option(help: "Pass over this many runs.")
  var offset = 0

  func validate() throws {
    if let limit, limit < 1 { throw ValidationError("--limit is a number from 1") }
    if offset < 0 { throw ValidationError("--offset is a number from 0") }
    for word in outcome where !Self.outcomes.contains(word) {
      throw ValidationError(
        "no run ends as \(word); choose from \(Self.outcomes.joined(separator: ", "))"
      )
    }
  }

  private static let outcomes = [
    "running", "completed", "done", "in_review", "blocked", "cancelled", "stopped", "terminated",
    "failed", "crashed",
  ]

  func run() throws {
    let pricing = try costs.pricing()
    let reader = try common.openReader()
    var query = RunListQuery()
    query.agent = agent
    query.model = model
    query.project = project
    query.outcomes = Set(outcome)
    query.since = since?.timestamp
    query.order = sort
    query.isReversed = reverse
    query.offset = offset
    // No store holds more runs; one more is read, to know whether there is a next page.
    let size = min(limit ?? (common.json ? .max : 50), Int(Int32.max))
    query.limit = size + 1
    var printer = RunPrinter(json: common.json, pricing: pricing)
    var count = 0
    try reader.forEachRun(query, prices: pricing.listPrices) { run in
      count += 1
      if count <= size { try printer.add(run) }
    }
    printer.finish(
      nothing: "no runs",
      rest: count > size ? Int64(clamping: offset) + Int64(size) : nil
    )
  }
}

extension RunListQuery.Order: ExpressibleByArgument {}
