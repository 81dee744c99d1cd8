import ArgumentParser

/// The forms in which a store gives its content away.
struct ExportVerb: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Print what the store holds in a form for other programs.",
    subcommands: [ExportEventsVerb.self]
  )
}
