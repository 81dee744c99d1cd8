internal import Events

/// What `codex exec` has said that a thread has used, in all logs of the thread.
///
/// `turn.completed` tells what the thread has used in all, also in the processes before this one. So
/// a turn has used its total less the next smaller one of the thread, whichever log that is in. A log
/// of an earlier process that is read later comes between: the turn behind it is corrected then. Only
/// within one log does a smaller total mean a new counter.
struct CodexExecTotals {
  struct Entry {
    var total: CodexCounts
    /// How many counters the thread had before.
    var epoch: Int64
    /// The id of the event that counts what was used up to here.
    var event: String
  }

  private(set) var entries: [Entry] = []
  private let key: String

  private static let entriesMax = 64

  init(of thread: String, in sink: ImportedEvents) {
    key = "codex-exec/thread/" + thread
    for part in (sink.facts[key] ?? "").split(separator: ";") {
      let fields = part.split(separator: "|", maxSplits: 2).map(String.init)
      guard fields.count == 3, let total = CodexCounts(word: fields[0]),
        let epoch = Int64(fields[1])
      else { continue }
      entries.append(Entry(total: total, epoch: epoch, event: fields[2]))
    }
  }

  func save(into sink: inout ImportedEvents) {
    let kept = entries.suffix(Self.entriesMax)
    sink.facts[key] = kept.map { "\($0.total.word)|\($0.epoch)|\($0.event)" }.joined(separator: ";")
  }

  func entry(of total: CodexCounts) -> Entry? {
    entries.last { $0.total.parts == total.parts }
  }

  /// The counter that a total belongs to; `before` is the one before it in the same log.
  func epoch(of total: CodexCounts, after before: CodexCounts?) -> Int64 {
    let newest = entries.map(\.epoch).max() ?? 0
    guard let before else {
      let isOfNewest = entries.filter { $0.epoch == newest }.allSatisfy {
        total.isAtLeast($0.total) || $0.total.isAtLeast(total)
      }
      return isOfNewest ? newest : newest + 1
    }
    return total.isAtLeast(before) ? entry(of: before)?.epoch ?? newest : newest + 1
  }

  /// The next smaller total of a counter.
  func below(_ total: CodexCounts, _ epoch: Int64) -> Entry? {
    entries.last { $0.epoch == epoch && total.isAtLeast($0.total) }
  }

  /// The next larger one.
  func above(_ total: CodexCounts, _ epoch: Int64) -> Int? {
    entries.firstIndex { $0.epoch == epoch && $0.total.isAtLeast(total) }
  }

  mutating func correct(_ index: Int, by event: String) { entries[index].event = event }

  mutating func insert(_ entry: Entry) {
    let place = entries.firstIndex {
      $0.epoch > entry.epoch || $0.epoch == entry.epoch && $0.total.isAtLeast(entry.total)
    }
    entries.insert(entry, at: place ?? entries.count)
  }
}
