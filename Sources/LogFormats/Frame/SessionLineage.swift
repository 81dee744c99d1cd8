internal import Events

/// Which session lived what the log of a fork repeats.
///
/// A fork begins with entries of the session that it came from, which may be a fork itself. What the
/// logs tell of it, when a session began and what it was forked from, is kept as shared facts.
struct SessionLineage {
  /// The name of the format.
  let format: String

  private func key(_ session: String) -> String { "\(format)/session/\(session)" }
  private func historyKey(_ session: String) -> String { "\(format)/history/\(session)" }

  /// Tells the logs that are read later when a session began, and where it came from.
  func note(
    _ session: String,
    start: Timestamp,
    parent: String?,
    _ facts: inout SharedFacts
  ) {
    facts[key(session)] = "\(start.microseconds) \(parent ?? "")"
  }

  /// Whether the log of a session was read.
  func isKnown(_ session: String, _ facts: SharedFacts) -> Bool { facts[key(session)] != nil }

  /// Whether what is older than a session was stored in its run, before it was known that it is a
  /// fork: it stays there.
  func keepsHistory(_ session: String, _ facts: SharedFacts) -> Bool {
    facts[historyKey(session)] != nil
  }

  /// An entry of a log of a session.
  struct Entry {
    /// The id that its events begin with.
    var id: String
    var ts: Timestamp?
    /// What names the first entry of the log, which forks have in common with what they came from.
    var root: String
  }

  /// The session whose run an entry belongs to: that of the log, or the nearest ancestor that had
  /// begun when it was made.
  ///
  /// Of an ancestor whose log was not read it is not known what it was forked from: all that is older
  /// is taken for its own. What was stored so stays there, also once the logs of those that lived it
  /// are read.
  func owner(
    of entry: Entry,
    in session: String,
    isCopied: Bool,
    _ run: (String) -> RunID,
    into sink: inout ImportedEvents
  ) -> String {
    let owner = owner(ofEntryAt: entry.ts, in: session, &sink.facts)
    let key = "\(format)/root/\(entry.root)"
    guard let holder = sink.facts[key] else {
      sink.facts[key] = owner
      return owner
    }
    guard holder != owner, isCopied || keepsHistory(holder, sink.facts),
      sink.hasLine(entry.id, in: run(holder))
    else { return owner }
    return holder
  }

  private func owner(
    ofEntryAt ts: Timestamp?,
    in session: String,
    _ facts: inout SharedFacts
  ) -> String {
    var session = session
    // A chain of forks may be a ring in a log that was tampered with.
    for _ in 0..<64 {
      guard let known = known(session, facts) else {
        facts[historyKey(session)] = ""
        return session
      }
      guard let ts, ts < known.start, let parent = known.parent, !keepsHistory(session, facts)
      else { return session }
      session = parent
    }
    return session
  }

  private func known(
    _ session: String,
    _ facts: SharedFacts
  ) -> (start: Timestamp, parent: String?)? {
    guard let text = facts[key(session)] else { return nil }
    let parts = text.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false)
    guard let micros = parts.first.flatMap({ Int64($0) }) else { return nil }
    let parent = parts.dropFirst().first.flatMap { $0.isEmpty ? nil : String($0) }
    return (Timestamp(microseconds: micros), parent)
  }
}
