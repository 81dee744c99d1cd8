internal import Events
package import Folding

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
  func damage() throws -> String?
}

/// A page of a list of runs.
package struct RunPage: Sendable {
  /// What orders the runs; equal ones are in the order of their names.
  package enum Order: Sendable {
    case last
    case first
    case name
  }

  package var order = Order.last
  package var isReversed = false
  /// Only runs with an event at or after this time, in microseconds since 1970.
  package var since: Int64?
  /// Only runs with one of these outcomes; empty means all.
  package var outcomes: [String] = []
  /// How many runs at most; `nil` means all.
  package var limit: Int?
  package var offset = 0

  package init() {}
}

/// A run in a list.
package struct RunRow: Sendable {
  package let run: String
  package let head: Int64
  package let digest: Digest?

  package init(run: String, head: Int64, digest: Digest?) {
    self.run = run
    self.head = head
    self.digest = digest
  }
}

/// A session with the sum over its events and its runs.
package struct SessionRow: Sendable {
  package let head: Int64
  package let totals: Totals?
  /// Its runs, in the order of their first event in it.
  package let runs: [(name: String, run: SessionRun)]

  package init(head: Int64, totals: Totals?, runs: [(name: String, run: SessionRun)]) {
    self.head = head
    self.totals = totals
    self.runs = runs
  }
}

/// A digest that changed.
package struct DigestChangeRow: Sendable {
  package let change: Int64
  /// `nil` if retention has removed the run since.
  package let digest: (run: String, at: DigestRevision, status: String?, isSealed: Bool)?

  package init(
    change: Int64,
    digest: (run: String, at: DigestRevision, status: String?, isSealed: Bool)?
  ) {
    self.change = change
    self.digest = digest
  }
}

/// What a database says of itself.
package struct DatabaseFacts: Sendable {
  /// The version of the database's program.
  package var engineVersion = ""
  package var schemaVersion: Int64 = 0
  /// The size of the main file.
  package var fileBytes: Int64 = 0
  /// The size of what was committed and is not in the main file.
  package var walBytes: Int64 = 0

  package init() {}
}
