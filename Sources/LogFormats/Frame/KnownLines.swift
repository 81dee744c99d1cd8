internal import Events

/// Which lines runs have events of: stored ones, and those on their way into the store.
///
/// A line is known by its id, which the ids of its events begin with. A log that may begin with a copy
/// of another one asks for it; no other log pays for it.
struct KnownLines {
  private struct Line: Hashable {
    var run: RunID
    var id: Substring
  }

  private let lookUp: (_ line: String, _ run: RunID) -> Bool
  /// The batch before, which may be on its way into the store still.
  private var submitted: [ImportedEvents.Entry] = []
  /// The lines of ``submitted`` and of the entries of this batch, as far as they were looked at.
  private var found: Set<Line> = []
  private var isSubmittedFound = false
  private var entriesFound = 0

  init(lookUp: @escaping (_ line: String, _ run: RunID) -> Bool) {
    self.lookUp = lookUp
  }

  /// Whether a run has an event of a line; `entries` are those of this batch.
  mutating func contains(_ id: String, in run: RunID, _ entries: [ImportedEvents.Entry]) -> Bool {
    if !isSubmittedFound {
      isSubmittedFound = true
      submitted.forEach { note($0) }
    }
    while entriesFound < entries.count {
      note(entries[entriesFound])
      entriesFound += 1
    }
    return found.contains(Line(run: run, id: id[...])) || lookUp(id, run)
  }

  private mutating func note(_ entry: ImportedEvents.Entry) {
    guard let id = entry.event.id else { return }
    found.insert(Line(run: entry.run, id: id.prefix { $0 != "/" }))
  }

  /// The batch is on its way into the store.
  mutating func submit(_ entries: [ImportedEvents.Entry]) {
    submitted = entries
  }

  /// The batch before was not stored.
  mutating func forgetSubmitted() {
    submitted = []
  }

  /// Forgets what was found of the batch.
  mutating func discard() {
    found = []
    isSubmittedFound = false
    entriesFound = 0
  }
}

extension ImportedEvents {
  /// Whether a run has an event of the line with this id.
  mutating func hasLine(_ id: String, in run: RunID) -> Bool {
    lines.contains(id, in: run, entries)
  }
}
