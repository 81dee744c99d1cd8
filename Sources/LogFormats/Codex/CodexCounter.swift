internal import Events

/// How far the count of a thread's tokens has come.
///
/// Codex does not report what a request has used, but what the thread has used in all, and beside it
/// what the last request has used. It writes such rows again whenever it likes, and old ones too. So a
/// row is judged by both of its counts:
/// 1. a row that was met before is not a request;
/// 2. a total that equals its last request begins a new counter;
/// 3. a total that was met before is an older row;
/// 4. the first total of a thread whose earlier rows are not known counts its last request only;
/// 5. a total that is its last request beyond one that was met before goes on from that one: so two
///    counters of one log, or a parent and its fork, do not disturb each other;
/// 6. a total that is nowhere smaller than the one before counts what it grew by;
/// 7. any other total is stale.
///
/// The totals that were met are known to the store by thread, whatever files reported them.
struct CodexCounter: Codable {
  /// Where the counter stood in this log, and the last request of that row.
  private(set) var total: CodexCounts?
  private(set) var last: CodexCounts?
  /// How often this log has set it back.
  private(set) var resets: Int64 = 0
  /// The totals with which this log's counters began.
  private var starts: [String] = []
  /// The totals that were met last, in this log and others of the thread, the newest last.
  private(set) var seen: [String] = []
  /// What the store was last told.
  private var stored: String?

  private static let seenMax = 48

  /// What a row is known by in all logs that have it.
  static func row(_ total: CodexCounts?, _ last: CodexCounts?, of thread: String) -> String {
    let row = (total?.word ?? "-") + "+" + (last?.word ?? "-")
    return "codex/" + thread + "/" + StableHash.hex(row.utf8)
  }

  // MARK: Rows

  /// Goes on to a row; returns what it says was used since, or `nil` where it is not a request.
  ///
  /// `isInherited` says that a first total is that of another thread, and its last request too.
  mutating func advance(
    to row: CodexCounts?,
    last own: CodexCounts?,
    isInherited: Bool = false
  ) -> CodexCounts? {
    guard let row else {
      // Without a cumulative count, each line stands for itself.
      guard let own else { return nil }
      total = total.map { $0 + own } ?? own
      last = own
      return own
    }
    if row.parts == total?.parts, own == nil || own?.parts == last?.parts { return nil }
    if let own, own.parts == row.parts {
      guard !starts.contains(row.word) else { return nil }
      if total?.isRequest == true { resets += 1 }
      move(to: row, own)
      return row
    }
    guard !seen.contains(row.word) else { return nil }
    let base = total ?? seen.last.flatMap { CodexCounts(word: $0) }
    guard let base else {
      move(to: row, own)
      return isInherited ? nil : own ?? row
    }
    if let own, seen.contains((row - own).word) {
      move(to: row, own)
      return own
    }
    if row.isAtLeast(base) {
      move(to: row, own)
      return row - base
    }
    // Without a last request a smaller total cannot be told from one that was set back.
    guard own == nil else {
      note(row)
      return nil
    }
    resets += 1
    move(to: row, own)
    return row
  }

  /// Goes on to a row that counts elsewhere: it was billed before, or another thread lived it.
  mutating func pass(_ row: CodexCounts?, last own: CodexCounts?) {
    guard let row else { return }
    let isStart = own?.parts == row.parts
    if isStart, starts.contains(row.word) { return }
    if let total, !isStart, !row.isAtLeast(total) { return note(row) }
    if isStart, total?.isRequest == true { resets += 1 }
    move(to: row, own)
  }

  private mutating func move(to row: CodexCounts, _ own: CodexCounts?) {
    if own?.parts == row.parts {
      starts.append(row.word)
      if starts.count > Self.seenMax { starts.removeFirst() }
    }
    total = row
    last = own
    note(row)
  }

  private mutating func note(_ row: CodexCounts) {
    guard !seen.contains(row.word) else { return }
    seen.append(row.word)
    if seen.count > Self.seenMax { seen.removeFirst() }
  }

  // MARK: The store

  static func fact(of thread: String) -> String { "codex/thread/" + thread }

  /// Learns what other logs of the thread have told.
  mutating func load(_ thread: String, from sink: ImportedEvents) {
    let known = sink.facts[Self.fact(of: thread)]
    guard let known, known != stored else { return }
    let own = seen
    seen = known.split(separator: ";").map(String.init)
    for word in own where !seen.contains(word) { seen.append(word) }
    if seen.count > Self.seenMax { seen.removeFirst(seen.count - Self.seenMax) }
    stored = known
  }

  mutating func save(_ thread: String, into sink: inout ImportedEvents) {
    let text = seen.joined(separator: ";")
    guard text != stored else { return }
    stored = text
    sink.facts[Self.fact(of: thread)] = text
  }
}
