internal import Events
internal import Storage
internal import Synchronization

/// What was looked up once: the keys of runs, and which generation is live.
///
/// Keys never change. The live generation does, when a process rebuilds: a caller that notices notes it
/// here, and a read that finds no row in the generation that it knows looks again. Until then it reads the old one,
/// which is whole, and whose lag says that it is not folded on.
final class KnownRuns: Sendable {
  // Some 150 bytes each, for every store that a hub has open.
  private static let runsMax = 1 << 14

  private let runs = Locked<[ExactText: RunReference]>([:])
  // Versions begin with 1.
  private let live = Atomic<Int64>(0)

  /// The live generation as far as it is known.
  var generation: Int64? {
    let generation = live.load(ordering: .relaxed)
    return generation > 0 ? generation : nil
  }

  func reference(to name: String) -> RunReference? {
    runs.withLock { $0[ExactText(name)] }
  }

  func note(_ run: RunReference, generation: Int64) {
    runs.withLock { runs in
      if runs.count >= Self.runsMax { runs.removeAll(keepingCapacity: true) }
      runs[ExactText(run.name)] = run
    }
    note(generation: generation)
  }

  func note(generation: Int64) {
    live.store(generation, ordering: .relaxed)
  }
}
