internal import Digests
internal import Engine
internal import Events

extension RunStore {
  /// Folds the log again from its start, beside the rows that readers use, and then turns to the
  /// new ones in one transaction.
  ///
  /// Costs a fold of the whole log.
  ///
  /// - Throws: ``StoreError`` `corrupt` with nothing done if the file is damaged, or, with all others
  ///   rebuilt, if some runs cannot be folded to their ends.
  public func rebuild() async throws {
    try requireUndamagedFile()
    defer { worker.lookAgain() }
    try await translating { try await rebuilder.rebuildAll() }
  }

  /// Makes digests of this program's version of the fold live, where another version's are; answers
  /// whether it had to.
  ///
  /// They are built beside those that readers use, which are kept as the way back: the program of
  /// the other version migrates in its turn. Costs a fold of the whole log, on the way back only of
  /// what is new.
  public func migrateDigests() async throws -> Bool {
    defer { worker.lookAgain() }
    return try await translating { try await rebuilder.migrate() }
  }

  /// Folds one run again from its start and replaces its digest, turns, calls and findings.
  ///
  /// Its part in the sums over sessions, families and windows stays: ``rebuild()`` makes those anew.
  ///
  /// - Throws: ``StoreError`` `corrupt` if the run's log has a gap; what stands before it is folded.
  public func rebuild(_ run: RunID) async throws {
    try requireUndamagedFile()
    let reference = try read { try $0.tables.require(run.rawValue) }
    try await translating { try await rebuilder.rebuild(reference) }
    worker.lookAgain()
    let log = try read { try $0.tables.checkLog(of: reference, .index) }
    guard let seq = log.torn.first?.seq else { return }
    throw StoreError(
      .corrupt,
      "run \(run) is rebuilt up to seq \(seq - 1), because "
        + (log.isWhole
          ? "its index leads to no event at seq \(seq); run digest-ctl rebuild --index"
          : "its log has no event at seq \(seq); \(Advice.renumber)")
    )
  }

  /// Makes sure that SQLite finds nothing wrong with the file.
  ///
  /// What is written into pages that belong to another table would damage that, too. Costs a read of the file.
  func requireUndamagedFile() throws {
    guard let damage = try reader.engineRead({ try $0.damage(isDeep: false) }) else { return }
    throw StoreError(.corrupt, "the store is damaged (\(damage)); \(Advice.renumber)")
  }

  private func translating<R: Sendable>(_ body: () async throws -> R) async throws -> R {
    do { return try await body() } catch { throw StoreError.translation(of: error) }
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
