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

  /// The runs with events, by the filters and the order that need no digest's body.
  func runs(_ page: RunPage, in generation: Generation) throws -> [RunRow]

  /// The runs that have events and whose digests are not sealed, in the order of their rows.
  func unsealedRuns(in generation: Generation) throws -> [RunReference]

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
