internal import Storage

/// What was looked up once: the keys of runs, and which set of derived rows is live.
///
/// Keys never change. The live set does, when somebody rebuilds: whoever notices notes it here, and
/// a read that finds no row in the set that it knows looks again. Until then it reads the old set,
/// which is whole, and whose lag says that it is not folded on.
final class KnownRuns: Sendable {
  private struct State {
    var runs: [String: RunReference] = [:]
    var version: Int64?
  }

  private static let runsMax = 1 << 16

  private let state = Locked(State())

  func reference(to name: String) -> (RunReference, version: Int64)? {
    state.withLock { state in
      guard let version = state.version, let run = state.runs[name] else { return nil }
      return (run, version)
    }
  }

  func note(_ run: RunReference, version: Int64) {
    state.withLock { state in
      if state.runs.count >= Self.runsMax { state.runs.removeAll(keepingCapacity: true) }
      state.runs[run.name] = run
      state.version = version
    }
  }

  func note(version: Int64) {
    state.withLock { $0.version = version }
  }
}
