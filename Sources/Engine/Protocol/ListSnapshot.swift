internal import Events
internal import Folding

/// What lists, change feeds and examinations read.
package protocol ListSnapshot {
  // MARK: Names

  /// The names of runs that begin with `prefix`, at most `limit`, in their order.
  func runNames(prefix: String, limit: Int) throws -> [String]

  /// The names of runs whose part behind the first colon begins with `prefix`; a walk over all names.
  func runNames(prefixBehindColon prefix: String, limit: Int) throws -> [String]

  /// The names of sessions that begin with `prefix`, at most `limit`, in their order.
  func sessionNames(prefix: String, limit: Int) throws -> [String]

  // MARK: Lists

  /// The runs of a page, in its order, without those that have no digest yet.
  ///
  /// Without a filter it costs the page; with one, a step for each run at most.
  func runs(_ page: RunPage, in generation: Generation) throws -> [RunRowID]

  /// Gives the runs that a page's filters let through to `body` until that returns `false`: those with a
  /// reported cost by that, or else those without one by their weight; the highest first.
  func forEachPricedRun(
    _ page: RunPage,
    by key: PriceKey,
    in generation: Generation,
    _ body: (PricedRun) throws -> Bool
  ) throws

  /// The sets of models that runs used, with their numbers.
  func modelSets() throws -> [(id: Int64, names: [String])]

  /// A run with events as a list shows it; `nil` if there is none.
  func listedRun(_ run: RunRowID, in generation: Generation) throws -> RunRow?

  /// The runs with events and without a digest, in the order of their rows.
  func unfoldedRuns(in generation: Generation) throws -> [RunRowID]

  /// Whether every event of the log is folded, by the sums: it costs nothing that grows with the runs.
  func isAllFolded(in generation: Generation) throws -> Bool

  /// How many runs have events, and how many digests are not sealed.
  func runCounts(in generation: Generation) throws -> (all: Int64, open: Int64)

  /// The runs that are not sealed and were in this session last, in the order of their rows.
  func openRuns(in generation: Generation, session: String) throws -> [RunReference]

  /// The sessions that runs which are not sealed were in last.
  func openSessions(in generation: Generation) throws -> [String]

  /// Gives the head, the watermark and whether it is sealed of each run with events to `body`.
  func forEachRun(
    in generation: Generation,
    _ body: (LaggingRun, _ isSealed: Bool) throws -> Void
  ) throws

  /// A session with its sum; `nil` if there is none of that name.
  func session(named name: String, in generation: Generation) throws -> SessionRow?

  // MARK: Changes

  /// The digests that changed after a change, at most `limit`, in the order of their last changes.
  func digestChanges(
    after change: Int64,
    in generation: Generation,
    limit: Int
  ) throws -> [DigestChangeRow]

  /// The last change of a digest, 0 if there was none.
  func lastDigestChange() throws -> Int64

  /// A number that changes when another connection has committed.
  func dataVersion() throws -> Int64

  // MARK: Examination

  /// What the database says of itself.
  func databaseFacts() throws -> DatabaseFacts

  /// The first thing that the database's own check finds wrong; reads everything.
  ///
  /// `isDeep` also compares each index with its table.
  func damage(isDeep: Bool) throws -> String?

  /// What the store lacks of its schema, or has otherwise, such as `table rollups`.
  func schemaDifferences() throws -> [String]

  /// Opens each digest of a generation and each sum; `isDeep` also reads the rows that hang on them.
  func checkDigests(in generation: Generation, isDeep: Bool) throws -> DigestCheck
}
