import ArgumentParser
import Events
import RunDigest

/// Brings a store up to date.
struct MigrateVerb: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "migrate",
    abstract:
      "Bring a store that an older version wrote up to date; every verb that writes does so.",
    discussion: """
      Each step is one transaction: ended at any point, the store is at exactly one version.

      EXAMPLE
        digest-ctl migrate
      """
  )

  @OptionGroup var common: CommonOptions

  func run() async throws {
    let store = try await common.openStore()
    let health = try store.reader.state()
    await store.close()
    guard common.json else {
      return Output.line("schema \(health.schemaVersion), fold \(health.foldVersion)")
    }
    var json = JSONWriter()
    json.object { json in
      json.member("schema_version", health.schemaVersion)
      json.member("fold_version", health.foldVersion)
    }
    Output.line(json.text)
  }
}
