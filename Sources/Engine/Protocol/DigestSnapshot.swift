package import Folding

/// What a snapshot tells of the rows that are derived from the event log.
package protocol DigestSnapshot {
  // MARK: Generations

  /// The generation that readers use.
  func liveGeneration() throws -> Generation

  /// The fold version that made the live generation.
  func liveFoldVersion() throws -> Int64

  /// The generations that are not live: begun, given up, kept as the way back, or being removed.
  func otherGenerations() throws -> [Generation]

  /// A generation of a fold version that is not live, if one is kept.
  func otherGeneration(ofFold version: Int64) throws -> Generation?

  /// Whether a generation is there, not live and not being removed.
  func isBeingBuilt(_ generation: Generation) throws -> Bool

  // MARK: Lag

  /// The lagging runs among the rows of a range, all of them without one; costs a look at each run.
  func laggingRuns(
    in generation: Generation,
    rows: ClosedRange<RunRowID>?
  ) throws -> [LaggingRun]

  /// Notes that the fold of a run fails, or how often, if the run still lags.
  func stalledRuns(in generation: Generation, limit: Int) throws -> [StalledRow]

  // MARK: Digests

  /// Where the row of a digest stands, without opening it; `nil` if there is none.
  func revision(of key: DigestKey) throws -> DigestRevision?

  /// The columns of a digest row that repeat its body; `nil` if there is no row.
  func columns(of key: DigestKey) throws -> DigestColumns?

  /// The fold that a digest row keeps; `nil` if there is none.
  func storedFold(of key: DigestKey) throws -> CachedFold?

  /// The digest row of a run beside the head of its log and its family's sum, lent to `body`; `nil` if
  /// there is none.
  func withDigest<R>(of key: DigestKey, _ body: (DigestBytes) throws -> R) throws -> R?

  // MARK: Rows of a digest

  /// The turns of a run from an index on.
  func turns(of key: DigestKey, from idx: Int64, limit: Int) throws -> [Turn]

  /// The tool calls of a run from a seq on.
  func calls(of key: DigestKey, _ filter: CallFilter, limit: Int) throws -> [Call]

  /// A tool call by its id.
  func call(id: String, of key: DigestKey) throws -> Call?

  /// The calls that have no result yet.
  func openCalls(of key: DigestKey) throws -> [Call]

  /// The findings of a run from a number on; of one type where one is named.
  func findings(
    of key: DigestKey,
    type: FindingType?,
    from n: Int64,
    limit: Int
  ) throws -> [Finding]

  /// The permission ids of a run that are asked for or refused, in the order of the ids.
  func permissions(of key: DigestKey) throws -> [Permission]

  /// What is known of a permission id.
  func permission(id: String, of key: DigestKey) throws -> Permission?

  /// Whether a run has any permission; most runs never have one.
  func hasPermissions(_ key: DigestKey) throws -> Bool

  /// The permission requests that wait for a person.
  func openPermissions(of key: DigestKey) throws -> [Permission]

  /// The events of a run that could not be folded as they stand, from a seq on.
  func quarantine(
    of key: DigestKey,
    from seq: Int64,
    limit: Int
  ) throws -> [(seq: Int64, reason: String)]

  // MARK: Rollups

  /// One rollup.
  func rollup(_ key: RollupKey, in generation: Generation) throws -> Totals?

  /// Gives all rollups of a generation to `body`, in the order of their keys.
  func forEachRollup(
    in generation: Generation,
    _ body: (RollupKey, Totals) throws -> Void
  ) throws

  /// Gives the rollups of buckets in a range to `body`, for one dimension.
  func forEachRollup(
    in generation: Generation,
    of buckets: BucketRange,
    by dimension: StatsDimension,
    _ body: (_ key: String, Totals) throws -> Void
  ) throws

  /// Gives the runs of all sessions to `body`, in the order of their sessions and runs.
  func forEachSessionRun(
    in generation: Generation,
    _ body: (SessionRun) throws -> Void
  ) throws

  /// A run in a session; `nil` if it has no events in it.
  func sessionRun(
    _ run: RunRowID,
    in session: SessionRowID,
    of generation: Generation
  ) throws -> SessionRun?

  /// Makes a place beside the store to add sums up in.
  func makeRollupScratch() throws -> any RollupScratch

  /// The parent that a run declared.
  func familyLink(of child: RunRowID, in generation: Generation) throws -> FamilyLink?
}

/// The writes of a fold, of a rebuild and of what is noted about them.
package protocol DigestTransaction: DigestSnapshot {
  /// Writes a digest row if it still stands where the fold found it: the compare-and-set; returns whether
  /// it did.
  func compareAndSet(_ row: DigestRow) throws -> Bool

  /// Writes the rows that hang on a digest.
  func writeRows(_ changes: FoldChanges, of key: DigestKey) throws

  /// Deletes the rows that hang on a digest, not the digest itself.
  func deleteRows(of key: DigestKey) throws

  /// Writes one rollup.
  func store(_ totals: Totals, _ key: RollupKey, in generation: Generation) throws

  /// Adds what a batch has of a session to the row of the run in it.
  func add(
    _ part: SessionPart,
    of key: DigestKey,
    toSession session: SessionRowID
  ) throws

  /// Writes the parent that a run declared.
  func store(_ link: FamilyLink, in generation: Generation) throws

  /// Notes that the family of a run says more than its digest.
  func markFamily(of key: DigestKey) throws

  /// The row of a run, which is added if there is none of that name.
  func runRow(named name: String) throws -> RunRowID

  /// Registers a new generation of a fold version under a free number.
  func beginGeneration(ofFold version: Int64, now: Int64) throws -> Generation

  /// Turns readers to a generation.
  func makeLive(_ generation: Generation, now: Int64) throws

  /// Deletes up to `limit` digests of a generation with their rows, after a run, and after the last of them
  /// the rest of the generation; returns the last run whose digest was deleted, `nil` once all is gone.
  ///
  /// The live generation is left as it is. Any other is marked first, so that nobody makes it live.
  func deleteGeneration(
    _ generation: Generation,
    after run: RunRowID?,
    limit: Int
  ) throws -> RunRowID?

  /// Notes why the fold of a run fails, if the run still lags in the live generation.
  func noteStalled(_ run: RunRowID, reason: String, attempts: Int, now: Int64) throws

  /// Forgets that the fold of a run failed.
  func forgetStalled(_ run: RunRowID) throws
}
