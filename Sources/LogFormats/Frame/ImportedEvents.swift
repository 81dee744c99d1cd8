package import Events

/// What importers hand over: events with the run of each, and the lines that were none.
package struct ImportedEvents {
  /// An event on its way into the store.
  package struct Entry: Sendable, Hashable {
    package var run: RunID
    /// The place in the run that the source claims for it, if it claims one.
    package var seq: Int64?
    package var event: Event

    package init(run: RunID, seq: Int64? = nil, event: Event) {
      self.run = run
      self.seq = seq
      self.event = event
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
  /// What the event that is emitted next is about: set for each line before it is read.
  package var line = LineContext()
  /// What sources know of each other.
  package var facts: SharedFacts
  /// Which lines runs have.
  var lines: KnownLines

  /// Makes an empty batch.
  ///
  /// - Parameters:
  ///   - lookUp: Returns the stored value of a shared fact.
  ///   - hasLine: Returns whether a run has a stored event of a line.
  package init(
    lookUp: @escaping (_ key: String) -> String? = { _ in nil },
    hasLine: @escaping (_ line: String, _ run: RunID) -> Bool = { _, _ in false }
  ) {
    facts = SharedFacts(lookUp: lookUp)
    lines = KnownLines(lookUp: hasLine)
  }

  package mutating func append(_ entry: Entry) {
    entries.append(entry)
  }

  /// Hands over an event of the line that is being read.
  ///
  /// `part` tells it from the line's other events; the event's own time, session and id come first.
  package mutating func emit(_ event: Event, _ part: String? = nil, run: RunID) {
    let id = event.id ?? line.id(part)
    let event = event.with(ts: event.ts ?? line.ts, session: event.session ?? line.session, id: id)
    entries.append(Entry(run: run, event: event))
  }

  package mutating func report(line: Int, _ reason: String) {
    problems.append(Problem(line: line, reason: reason))
  }

  /// Reports what is wrong with the line that is being read.
  package mutating func report(_ reason: String) {
    report(line: line.number, reason)
  }

  /// Empties the batch, which is on its way into the store and there before the next one is.
  package mutating func removeAll() {
    facts.submit()
    lines.submit(entries)
    discard()
  }

  /// Forgets the batch before too, which was not stored either.
  package mutating func discardAll() {
    facts.forgetSubmitted()
    lines.forgetSubmitted()
    discard()
  }

  /// Empties the batch, which is not to be stored.
  package mutating func discard() {
    // Not for use again: they may be in other hands, and one batch may be far larger than others.
    entries = []
    problems = []
    facts.discard()
    lines.discard()
  }
}
