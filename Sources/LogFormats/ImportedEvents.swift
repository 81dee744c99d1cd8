package import Events

/// What importers hand over: events with the run of each, and the lines that were none.
package struct ImportedEvents {
  /// An event on its way into the store.
  package struct Entry: Sendable, Hashable {
    package var run: RunID
    /// The place in the run that the source claims for it, if it claims one.
    package var seq: Int64?
    package var event: Event
    /// The id of the model request that this event bills to its run, if it bills one.
    ///
    /// Kept with the run for good, it answers `isBilledElsewhere` from then on.
    package var bills: String?

    package init(run: RunID, seq: Int64? = nil, event: Event, bills: String? = nil) {
      self.run = run
      self.seq = seq
      self.event = event
      self.bills = bills
    }
  }

  /// A line, or a part of one, that could not be read.
  package struct Problem: Sendable, Hashable, CustomStringConvertible {
    /// The number of the line, from 1.
    package var line: Int
    /// One sentence that says why.
    package var reason: String

    package init(line: Int, reason: String) {
      self.line = line
      self.reason = reason
    }

    package var description: String { "line \(line): \(reason)" }
  }

  package private(set) var entries: [Entry] = []
  package private(set) var problems: [Problem] = []

  /// What this batch bills: the store can't know it before it is committed.
  private var billed: [String: RunID] = [:]
  /// What the batch before bills, which may be on its way still.
  private var billedBefore: [String: RunID] = [:]
  private let isBilledElsewhere: (_ request: String, _ run: RunID) -> Bool

  /// Makes an empty batch.
  ///
  /// `isBilledElsewhere` answers whether a run of the store other than the one it is given has
  /// billed a request: a resumed or forked log repeats the requests of the one that it came from.
  package init(
    isBilledElsewhere: @escaping (_ request: String, _ run: RunID) -> Bool = { _, _ in false }
  ) {
    self.isBilledElsewhere = isBilledElsewhere
  }

  package mutating func append(_ entry: Entry) {
    entries.append(entry)
    if let request = entry.bills { billed[request] = entry.run }
  }

  package mutating func report(line: Int, _ reason: String) {
    problems.append(Problem(line: line, reason: reason))
  }

  /// Whether a run other than `run` has billed a request.
  package func isBilled(_ request: String, byOtherThan run: RunID) -> Bool {
    if let biller = billed[request] ?? billedBefore[request] { return biller != run }
    return isBilledElsewhere(request, run)
  }

  /// Empties the batch, which is on its way into the store and there before the next one is.
  package mutating func removeAll() {
    billedBefore = billed
    discard()
  }

  /// Forgets the batch before too, which was not stored either.
  package mutating func discardAll() {
    billedBefore = [:]
    discard()
  }

  /// Empties the batch, which is not to be stored.
  package mutating func discard() {
    // Not for use again: they may be in other hands, and one batch may be far larger than others.
    entries = []
    problems = []
    billed = [:]
  }
}
