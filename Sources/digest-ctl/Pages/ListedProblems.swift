import LogFormats
import Synchronization

/// The problems of an import on standard error: the first ones as they come, the others counted.
final class ListedProblems: Sendable {
  private let bar: ProgressBar
  private let count = Mutex<Int64>(0)

  private static let listedMax: Int64 = 20

  init(bar: ProgressBar) {
    self.bar = bar
  }

  func note(_ problem: ImportReport.Problem) {
    let number = count.withLock { count in
      count += 1
      return count
    }
    guard number <= Self.listedMax else { return }
    bar.clear()
    Failure.say(problem.text)
  }

  func finish(_ report: ImportReport) {
    let left = count.withLock { $0 } - Self.listedMax
    guard left > 0 else { return }
    Failure.say("\(Units.count(left, "more problem")); --json lists them")
  }
}
