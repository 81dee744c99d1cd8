import ArgumentParser
import RunDigest

/// Copies the store.
struct BackupVerb: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "backup",
    abstract: "Copy the whole store into one file, while programs go on writing.",
    discussion: """
      The copy is of one moment, readable by its owner only, and checked before it gets its name. A \
      file that is there already is never replaced. Do not copy the files of a store that is in use by \
      other means: what is in its WAL would be missing.

      EXAMPLE
        digest-ctl backup /backups/runs-2026-11-29.sqlite
      """
  )

  @OptionGroup var common: CommonOptions

  @Argument(help: "The file to make.")
  var to: String

  func run() async throws {
    let copy = try await common.openReader().backup(to: to)
    Output.isStored("the backup is made")
    CopyPage(copy: copy).print(json: common.json)
  }
}
