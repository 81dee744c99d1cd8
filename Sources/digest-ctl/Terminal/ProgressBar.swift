import Glibc
import LogFormats
import Synchronization

/// How far an import is, on one line of a terminal's standard error.
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
    let rate = Double(progress.bytes) / max(seconds, 0.001)
    var text = ""
    if progress.bytesTotal > 0 {
      let share = min(1, Double(progress.bytes) / Double(progress.bytesTotal))
      let full = Int(share * Double(Self.barColumns))
      text += String(repeating: "█", count: full)
      text += String(repeating: "░", count: Self.barColumns - full)
      text += " \(Int(share * 100)) %  "
      if rate > 0, seconds > 1 {
        let left = Double(progress.bytesTotal - progress.bytes) / rate
        text += "\(Units.duration(Int64(max(0, left) * 1000))) left  "
      }
    }
    text += "\(Units.bytes(Int64(rate)))/s  \(Units.count(progress.events, "event"))  "
    text += "file \(progress.file) of \(progress.files)  \(Text.clean(progress.source))"
    let width = TerminalWidth.columns(of: STDERR_FILENO) ?? 80
    Output.error("\r\u{1B}[K" + Text.cut(text, to: width - 1))
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
