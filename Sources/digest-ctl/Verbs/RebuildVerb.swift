import ArgumentParser
import Events
import RunDigest

/// Folds the log again.
struct RebuildVerb: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rebuild",
    abstract: "Fold the log again from its start, beside what is there, and then turn to the new.",
    discussion: """
      The log itself is never changed, and readers go on meanwhile.

      EXAMPLE
        digest-ctl rebuild
        digest-ctl rebuild --run agent-7
        digest-ctl rebuild --index
        digest-ctl rebuild --dry-run --diff
      """
  )

  @OptionGroup var common: CommonOptions

  @Option(help: "Only the digest, turns, calls and findings of this run.")
  var run: String?

  @Flag(
    help: "Only the index that leads from a run to its events; digest-ctl doctor says when."
  )
  var index = false

  @Flag(help: "Change nothing; only say whether a rebuild would. The exit code is 1 if so.")
  var dryRun = false

  @Flag(help: "With --dry-run: list what a rebuild would change.")
  var diff = false

  func validate() throws {
    if diff, !dryRun { throw ValidationError("--diff goes with --dry-run") }
    if index, run != nil || dryRun {
      throw ValidationError("--index goes with neither --run nor --dry-run; leave these out")
    }
  }

  func run() async throws {
    if dryRun { return try tryOut() }
    let store = try await common.openStore()
    let key = try run.map(store.reader.resolveRun)
    if index {
      try await store.rebuildIndex()
      try await store.flush()
    } else if let key {
      try await store.rebuild(key)
    } else {
      try await store.rebuild()
    }
    let health = try store.reader.state()
    await store.close()
    guard common.json else {
      let what = key.map { "run \(Text.clean($0.name))" } ?? (index ? "the index" : "all")
      Output.line("\(what) is rebuilt")
      return
    }
    var json = JSONWriter()
    json.object { json in
      json.member("rebuilt", key?.name ?? (index ? "index" : "all"))
      json.member("runs", key == nil ? health.runs : 1)
      json.member("current", health.isCurrent)
    }
    Output.line(json.text)
  }

  /// Compares without writing.
  private func tryOut() throws {
    let reader = try common.openReader()
    let result = try reader.verify(try run.map(reader.resolveRun))
    if diff || common.json {
      try VerificationPage(result: result).print(json: common.json)
    } else {
      let count = Int64(result.differences.count)
      Output.line(
        count == 0
          ? "a rebuild would change nothing"
          : "a rebuild would change \(Units.count(count, "figure")); --diff lists them"
      )
    }
    if !result.isClean { throw Failure.found }
  }
}
