import ArgumentParser
import RunDigest

/// Puts a backup in the place of the store.
struct RestoreVerb: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "restore",
    abstract: "Put a copy of a backup in the place of the store.",
    discussion: """
      The backup is copied and checked first, and is not changed. The store that was there is kept \
      beside the new one, under a name that is printed. End the programs that use the store; one that \
      goes on notices before its next write, and fails.

      EXAMPLE
        digest-ctl restore /backups/runs-2026-11-29.sqlite
      """
  )

  @OptionGroup var common: CommonOptions

  @Argument(help: "The backup, or another store.")
  var from: String

  func run() async throws {
    let copy = try await RunStore.restore(try common.storePath(), from: from)
    Output.isStored("the store is restored")
    CopyPage(copy: copy).print(json: common.json)
  }
}
