package import Engine
internal import Events
internal import Support
internal import Synchronization

/// What was looked up once: the keys of runs, and which generation is live.
///
/// Keys never change. The live generation does, when a process rebuilds: a caller that notices notes it
/// here, and a read that finds no row in the generation that it knows looks again. Until then it reads the old one,
/// which is whole, and whose lag says that it is not folded on.
package final class KnownRuns: Sendable {
  // Some 150 bytes each, for every store that a hub has open.
  private static let runsMax = 1 << 14

  private let runs = Locked<[ExactText: RunReference]>([:])
  // 0 for none: generations begin with 1.
  private let live = Atomic<Int64>(0)

  package init() {}

  /// The live generation as far as it is known.
  package var generation: Generation? {
    let number = live.load(ordering: .relaxed)
    return number > 0 ? Generation(rawValue: number) : nil
  }

  package func reference(to name: String) -> RunReference? {
    runs.withLock { $0[ExactText(name)] }
  }

  package func note(_ run: RunReference, _ generation: Generation) {
    runs.withLock { runs in
      if runs.count >= Self.runsMax { runs.removeAll(keepingCapacity: true) }
      runs[ExactText(run.name)] = run
    }
    note(generation)
  }

  package func note(_ generation: Generation) {
    live.store(generation.rawValue, ordering: .relaxed)
  }
}
