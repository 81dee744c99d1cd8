import ArgumentParser
import Events
import LogFormats
import Pricing
import RunDigest

/// `import --follow`: each change as it comes, and a summary in the end.
struct FollowRun {
  let store: RunStore
  let options: LogImport.Options
  let bar: ProgressBar
  let listed: ListedProblems
  let pricing: CostEstimator
  let homes: AgentHomes?

  /// Follows the logs until control-C.
  func run(_ paths: [String], polls: Bool, json: Bool) async throws {
    var options = options
    let bar = bar
    let reader = store.reader
    let (homes, pricing) = (homes, pricing)
    if json {
      let listed = options.problem
      options.problem = { problem in
        listed(problem)
        // Nobody is there to be told that standard output is closed; the next change ends it.
        try? ChangeLine.print(problem)
      }
    }
    var follow = LogFollow.Options()
    follow.polls = polls
    follow.change = { change in
      bar.clear()
      if json {
        try ChangeLine.print(change) { start in
          ImportPage(report: start.report, reader: reader, pricing: pricing, homes: homes)
        }
      } else {
        try ChangeText.print(change, reader, pricing)
      }
    }
    let follower = LogFollow(
      store: store,
      importing: options,
      options: follow,
      stop: Interrupt.stop
    )
    let report = try await follower.run(
      paths + (homes?.found ?? []),
      awaited: homes?.missing ?? []
    )
    bar.clear()
    try await store.flush()
    listed.finish(report)
    let page = ImportPage(report: report, reader: reader, pricing: pricing)
    if json { try ChangeLine.print(stopped: page) } else { try page.print(json: false) }
    await store.close()
  }
}
