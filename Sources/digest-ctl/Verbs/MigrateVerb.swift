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
      Each step is one transaction: ended at any point, the store is at exactly one version. With \
      --digests also the digests of another version of the fold: they are made anew beside those \
      that are read, and take their place in one transaction. The old ones are kept, so that the \
      old program can go back by the same command; digest-ctl rebuild removes them.

      EXAMPLE
        digest-ctl migrate
        digest-ctl migrate --digests
      """
  )

  @OptionGroup var common: CommonOptions

  @Flag(help: "Also make the digests those of this program's version of the fold.")
  var digests = false

  func run() async throws {
    let store = try await common.openStore()
    if digests { _ = try await store.migrateDigests() }
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
