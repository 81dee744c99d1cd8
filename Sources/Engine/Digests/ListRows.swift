package import Folding

/// A page of a list of runs.
package struct RunPage: Sendable {
  /// What orders the runs; equal ones are in the order in which the store came to know them.
  package enum Order: Sendable {
    case last
    case first
    case name
    case events
    case tokens
    /// What was reported.
    case cost
    case errors
    case span
  }

  package var order = Order.last
  package var isReversed = false
  /// Only runs with an event at or after this time, in microseconds since 1970.
  package var since: Int64?
  /// Only runs with one of these outcomes; empty means all.
  package var outcomes: [String] = []
  package var agent: String?
  /// Only runs that used this model, or were started with it.
  package var model: String?
  /// Only runs in this folder, or in one below it.
  package var project: String?
  /// How many runs at most.
  package var limit = Int.max
  package var offset = 0

  package init() {}

  /// Whether a run without a digest is among those that are meant.
  package var includesUnfolded: Bool {
    since == nil && agent == nil && model == nil && project == nil
      && (outcomes.isEmpty || outcomes.contains("running"))
  }

  /// Whether all runs are meant.
  package var isUnfiltered: Bool { includesUnfolded && outcomes.isEmpty }

  /// Whether the event log alone gives the page: runs without a digest are in it then.
  package var isOfLog: Bool { isUnfiltered && (order == .name || order == .events) }
}

/// Which runs are priced, and in which order.
package enum PriceKey: Sendable {
  /// Those with a reported cost, the highest first, or the lowest.
  case reported(isReversed: Bool)
  /// All, or those without a reported cost, the largest weight first.
  case weight(all: Bool)
}

/// What a run costs by any price list, valid within one call.
package struct PricedRun {
  package let run: RunRowID
  /// What its log reports, in nano-dollars.
  package let reportedNano: Int64?
  /// Its first event, in microseconds.
  package let firstTs: Int64?
  /// See ``CostWeight``.
  package let weight: Int64
  /// The number of its set of models.
  package let models: Int64?
  /// What it used by model, in compact form.
  package let usage: UnsafeRawBufferPointer?

  package init(
    run: RunRowID,
    reportedNano: Int64?,
    firstTs: Int64?,
    weight: Int64,
    models: Int64?,
    usage: UnsafeRawBufferPointer?
  ) {
    self.run = run
    self.reportedNano = reportedNano
    self.firstTs = firstTs
    self.weight = weight
    self.models = models
    self.usage = usage
  }
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
