import Glibc
import LogFormats
import RunDigest
import Synchronization

/// How far an import or a verification is, on one line of a terminal's standard error.
final class ProgressBar: Sendable {
  private let isOn: Bool
  private let started = ContinuousClock.now
  private struct State {
    var shownAt: ContinuousClock.Instant?
    var isShown = false
  }
  private let state = Mutex(State())

  private static let barColumns = 20

  init(isWanted: Bool) {
    isOn = isWanted && isatty(STDERR_FILENO) != 0
  }

  /// Shows how far the import is, ten times a second at most.
  func show(_ progress: LogImport.Progress) {
    show { Self.text(progress, seconds: $0) }
  }

  /// Shows how far a verification is, ten times a second at most.
  func show(_ progress: VerificationProgress) {
    show { seconds in
      let share = min(1, Double(progress.runs) / Double(max(1, progress.runsTotal)))
      return [
        Self.bar(share), Units.count(progress.events, "event"),
        "\(Units.count(Int64(Double(progress.events) / max(seconds, 0.001))))/s",
      ].joined(separator: "  ")
    }
  }

  private func show(_ text: (_ seconds: Double) -> String) {
    guard isOn else { return }
    let now = ContinuousClock.now
    let isDue = state.withLock { state in
      if let last = state.shownAt, last.duration(to: now) < .milliseconds(100) { return false }
      state.shownAt = now
      state.isShown = true
      return true
    }
    guard isDue else { return }
    let seconds = Double((started.duration(to: now)) / .milliseconds(1)) / 1000
    let text = text(seconds)
    let width = TerminalWidth.columns(of: STDERR_FILENO) ?? 80
    Output.error("\r\u{1B}[K" + Text.cut(text, to: width - 1))
  }

  private static func bar(_ share: Double) -> String {
    let full = Int(share * Double(barColumns))
    return String(repeating: "█", count: full) + String(repeating: "░", count: barColumns - full)
      + " \(Int(share * 100)) %"
  }

  private static func text(_ progress: LogImport.Progress, seconds: Double) -> String {
    let rate = Double(progress.bytesRead) / max(seconds, 0.001)
    var parts: [String] = []
    if progress.bytesTotal > 0 {
      let share = min(1, Double(progress.bytes) / Double(progress.bytesTotal))
      parts.append(bar(share))
      parts.append("\(Units.bytes(progress.bytes)) of \(Units.bytes(progress.bytesTotal))")
      if rate > 0, seconds > 1 {
        let left = max(1, Double(progress.bytesTotal - progress.bytes) / rate)
        parts.append("\(Units.duration(Int64(left) * 1000)) left")
      }
    } else {
      parts.append(Units.bytes(progress.bytes))
    }
    parts.append("\(Units.bytes(Int64(rate)))/s")
    parts.append(Units.count(progress.events, "event"))
    parts.append("file \(progress.file) of \(progress.files)")
    let name = progress.source.split(separator: "/").last.map(String.init) ?? progress.source
    parts.append(Text.clean(name))
    return parts.joined(separator: "  ")
  }

  /// Takes the line away, before something else is printed.
  func clear() {
    let wasShown = state.withLock { state in
      defer { state.isShown = false }
      return state.isShown
    }
    if wasShown { Output.error("\r\u{1B}[K") }
  }
}
