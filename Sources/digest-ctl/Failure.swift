import ArgumentParser
import Events
import Glibc
import RunDigest

/// The exit codes, and the one sentence on standard error that goes with all but the first two.
enum Failure {
  static let found = ExitCode(1)
  static let usage = ExitCode(2)
  static let notFound = ExitCode(3)
  static let refused = ExitCode(4)
  static let busy = ExitCode(5)

  /// An error of this program itself: one sentence with what to do.
  struct Problem: Error {
    var code: ExitCode
    var sentence: String
  }

  static func exit(with error: any Error, in root: any ParsableCommand.Type) -> Never {
    // What was printed before the error comes before it; a second failure has nothing to add.
    try? Output.flush()
    switch error {
    case let code as ExitCode:
      Glibc.exit(code.rawValue)
    case is CancellationError:
      Glibc.exit(130)
    case let problem as Problem:
      say(problem.sentence)
      Glibc.exit(problem.code.rawValue)
    case let problem as RunID.Problem:
      say("\(problem); give another one")
      Glibc.exit(usage.rawValue)
    case let error as StoreError:
      say(error.message)
      Glibc.exit(code(of: error.code).rawValue)
    default:
      exit(parsing: error, root)
    }
  }

  static func code(of code: StoreError.Code) -> ExitCode {
    switch code {
    case .notFound: notFound
    case .invalidArgument: usage
    case .busy, .full, .timedOut, .closed: busy
    default: refused
    }
  }

  /// Prints a sentence to standard error.
  static func say(_ sentence: String) {
    Output.error("digest-ctl: \(Text.clean(sentence))\n")
  }

  private static func exit(parsing error: any Error, _ root: any ParsableCommand.Type) -> Never {
    let code = root.exitCode(for: error)
    if code == .success {
      // Help and the version.
      Output.write(root.fullMessage(for: error) + "\n")
      try? Output.flush()
      Glibc.exit(0)
    }
    guard code == .validationFailure else {
      say("\(error)")
      Glibc.exit(refused.rawValue)
    }
    var sentence = sentence(of: root.message(for: error))
    if let first = sentence.first, sentence.dropFirst().first?.isUppercase != true {
      sentence = first.lowercased() + sentence.dropFirst()
    }
    say("\(sentence); see \(helpCommand())")
    Glibc.exit(usage.rawValue)
  }

  /// The first line of a message of the parser, with the values that are listed below it.
  private static func sentence(of message: String) -> String {
    let lines = message.split(separator: "\n")
    let first = lines.first.map(String.init) ?? ""
    let (listing, mark) = (". Please provide one of the following:", "  - ")
    if first.hasSuffix(listing) {
      let values = lines.dropFirst().prefix { $0.hasPrefix(mark) }.map { $0.dropFirst(mark.count) }
      return first.dropLast(listing.count) + "; choose from " + values.joined(separator: ", ")
    }
    return first.hasSuffix(".") ? String(first.dropLast()) : first
  }

  private static func helpCommand() -> String {
    let verbs = CommandLine.arguments.dropFirst().prefix { !$0.hasPrefix("-") }
    let known = verbs.first.map { name in
      DigestCtl.configuration.groupedSubcommands.contains { group in
        group.subcommands.contains { $0._commandName == name }
      }
    }
    guard known == true, let verb = verbs.first else { return "digest-ctl --help" }
    return "digest-ctl \(verb) --help"
  }
}
