internal import Digests
internal import Engine
internal import Events

extension RunStore {
  /// Folds the log again from its start, beside the rows that readers use, and then turns to the
  /// new ones in one transaction.
  ///
  /// Costs a fold of the whole log.
  public func rebuild() async throws {
    try await rebuilder.rebuildAll()
    worker.lookAgain()
  }

  /// Makes digests of this program's version of the fold live, where another version's are; answers
  /// whether it had to.
  ///
  /// They are built beside those that readers use, which are kept as the way back: the program of
  /// the other version migrates in its turn. Costs a fold of the whole log, on the way back only of
  /// what is new.
  public func migrateDigests() async throws -> Bool {
    let isMigrated = try await rebuilder.migrate()
    worker.lookAgain()
    return isMigrated
  }

  /// Folds one run again from its start and replaces its digest, turns, calls and findings.
  ///
  /// Its part in the sums over sessions, families and windows stays: ``rebuild()`` makes those anew.
  public func rebuild(_ run: RunID) async throws {
    let reference = try read { try $0.tables.require(run.rawValue) }
    try await rebuilder.rebuild(reference)
    worker.lookAgain()
  }

  private var rebuilder: Rebuilder {
    Rebuilder(
      queue: queue,
      engine: engine,
      known: known,
      now: options.now().microseconds,
      foldVersion: options.foldHooks.foldVersion
    )
  }
}
