import ArgumentParser
import Events
import FoundationEssentials
import LogFormats

/// Prints the formats of logs that can be imported.
struct FormatsVerb: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "formats",
    abstract: "List the log formats: where the logs are, what they can tell, and what they cannot.",
    discussion: """
      The format of a log is found by its content; import --format NAME says it where that is not \
      enough. Files that lie beside logs and have no conversation in them are passed over.

      EXAMPLE
        digest-ctl formats
        digest-ctl formats claude-code --json
      """
  )

  @Flag(help: "Print JSON for programs: an object a line.")
  var json = false

  @Option(
    name: .customLong("write-tables"),
    parsing: .upToNextOption,
    help: .hidden
  )
  var documents: [String] = []

  @Argument(help: "The name of one format; without it all of them.")
  var name: String?

  func run() throws {
    guard documents.isEmpty else { return try documents.forEach(Self.writeTables) }
    var formats = LogFormat.all
    if let name {
      guard let format = LogFormat.named(name) else {
        let names = LogFormat.all.map(\.name).joined(separator: ", ")
        throw Failure.Problem(
          code: Failure.notFound,
          sentence: "there is no format \(name); choose from \(names)"
        )
      }
      formats = [format]
    }
    let page = FormatsPage(formats: formats)
    if json { try page.printJSON() } else { page.print() }
  }

  /// Writes the tables of a document as the formats have them now; for the documents of this
  /// package.
  private static func writeTables(of path: String) throws {
    let text = try String(contentsOfFile: path, encoding: .utf8)
    guard let updated = FormatTables.updated(text) else {
      throw Failure.Problem(
        code: Failure.usage,
        sentence: "the tables of \(path) are damaged; see FormatTables.swift for their comments"
      )
    }
    if updated != text { try Data(updated.utf8).write(to: URL(fileURLWithPath: path)) }
  }
}
