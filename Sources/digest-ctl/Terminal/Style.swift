import Glibc

/// Colour and weight, on a terminal that wants them.
struct Style {
  let isOn: Bool

  /// The style of standard output: none in a pipe, with NO_COLOR, or on a dumb terminal.
  static let standard = Style(
    isOn: isatty(STDOUT_FILENO) != 0 && CommonOptions.variable("NO_COLOR") == nil
      && CommonOptions.variable("TERM") ?? "dumb" != "dumb"
  )

  func bold(_ text: String) -> String { wrap(text, "1") }
  func dim(_ text: String) -> String { wrap(text, "2") }
  func good(_ text: String) -> String { wrap(text, "32") }
  func bad(_ text: String) -> String { wrap(text, "31") }
  func warn(_ text: String) -> String { wrap(text, "33") }

  /// The colour of a run's status, a turn's, or a call's.
  func status(_ word: String, _ text: String? = nil) -> String {
    switch word {
    case "completed", "done", "success", "ok": good(text ?? word)
    case "running", "in_review", "open": bold(text ?? word)
    case "crashed", "failed", "error", "missing": bad(text ?? word)
    default: warn(text ?? word)
    }
  }

  private func wrap(_ text: String, _ code: String) -> String {
    isOn ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
  }
}

/// How wide the terminal is.
enum TerminalWidth {
  /// The columns; `nil` where there is no terminal, and nothing need be cut.
  static func columns(of descriptor: Int32 = STDOUT_FILENO) -> Int? {
    var size = winsize()
    guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
    return Int(size.ws_col)
  }
}
