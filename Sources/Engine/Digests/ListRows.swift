package import Folding

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
