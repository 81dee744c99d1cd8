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
      """
  )

  @OptionGroup var common: CommonOptions

  @Option(help: "Only the digest, turns, calls and findings of this run.")
  var run: String?

  func run() async throws {
    let store = try await common.openStore()
    let key = try run.map(store.reader.resolveRun)
    if let key { try await store.rebuild(key.name) } else { try await store.rebuild() }
    let health = try store.reader.health()
    await store.close()
    guard common.json else {
      Output.line(key.map { "run \(Text.clean($0.name)) is rebuilt" } ?? "all is rebuilt")
      return
    }
    var json = JSONWriter()
    json.object { json in
      json.member("rebuilt", key?.name ?? "all")
      json.member("runs", key == nil ? health.runs : 1)
      json.member("current", health.isCurrent)
    }
    Output.line(json.text)
  }
}
