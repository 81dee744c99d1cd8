internal import Engine
internal import Events
internal import Logging
internal import Support

/// The last errors of a store, for its health: few, and the same one only once.
final class ProblemLog: Sendable {
  private struct State {
    var problems: [LiveHealth.Problem] = []
    var count = 0
  }

  private static let problemsMax = 8

  private let state = Locked(State())
  private let now: @Sendable () -> Timestamp
  private let logger: Logger

  init(now: @escaping @Sendable () -> Timestamp, logger: Logger) {
    self.now = now
    self.logger = logger
  }

  /// The latest first.
  var last: [LiveHealth.Problem] { state.withLock { $0.problems } }

  /// Notes an error, unless it only told a caller what is wrong with its request.
  func note(_ error: any Error, _ work: String) {
    guard let error = StoreError.translation(of: error) as? StoreError else { return }
    switch error.code {
    case .conflict, .invalidArgument, .notFound, .closed: return
    default: break
    }
    let ts = now()
    let isNew = state.withLock { state -> Bool in
      var count = 1
      if let index = state.problems.firstIndex(where: {
        $0.work == work && $0.message == error.message
      }) {
        count += state.problems.remove(at: index).count
      }
      state.problems.insert(
        LiveHealth.Problem(
          work: work,
          code: error.code.description,
          message: error.message,
          lastTs: ts,
          count: count
        ),
        at: 0
      )
      if state.problems.count > Self.problemsMax { state.problems.removeLast() }
      return count == 1
    }
    guard isNew else { return }
    logger.warning(
      "\(error.message)",
      metadata: ["work": "\(work)", "code": "\(error.code)"]
    )
  }
}
