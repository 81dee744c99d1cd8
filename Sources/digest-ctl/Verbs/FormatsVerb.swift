import ArgumentParser
import Events
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

  @Argument(help: "The name of one format; without it all of them.")
  var name: String?

  func run() throws {
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
}
