import Events

@testable import Folding

/// A log in memory: assigns what a store would assign, so that the fold can be tested without one.
struct MemoryLog {
  struct Entry {
    var event: Event
    var seq: Int64
    var ordinal: Int64?
  }

  private(set) var runs: [String: [Entry]] = [:]
  private(set) var runOrder: [String] = []
  private var sessionHeads: [String: Int64] = [:]
  private var ids: [String: Set<String>] = [:]
  /// The numbers of lines that were read and are no events, from 1.
  private(set) var refused: [Int] = []

  init() {}

  /// Reads native lines as an import would; what is refused or known already is left out.
  init(lines: [UInt8]) {
    let start = lines.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
    let split = lines[start...].split(separator: 0x0A, omittingEmptySubsequences: false)
    for (index, line) in split.enumerated() where !line.isEmpty {
      let parsed = line.withUnsafeBytes { try? NativeLine.parse($0) }
      if let parsed, append(parsed.event, to: parsed.run.rawValue, seq: parsed.seq) { continue }
      refused.append(index + 1)
    }
  }

  /// Says whether the event is in the log now: one whose `seq` is not the next is not.
  @discardableResult
  mutating func append(_ event: Event, to run: String, seq: Int64? = nil) -> Bool {
    let head = runs[run]?.count ?? 0
    if let id = event.id, ids[run]?.contains(id) == true { return true }
    if let seq, seq != Int64(head) + 1 { return false }
    if runs[run] == nil { runOrder.append(run) }
    var ordinal: Int64?
    if let session = event.session {
      ordinal = (sessionHeads[session] ?? 0) + 1
      sessionHeads[session] = ordinal
    }
    if let id = event.id { ids[run, default: []].insert(id) }
    runs[run, default: []].append(Entry(event: event, seq: Int64(head) + 1, ordinal: ordinal))
    return true
  }
}

extension MemoryLog.Entry {
  func withFoldEvent<R>(_ body: (FoldEvent) throws -> R) rethrows -> R {
    var kind = event.kind.rawValue
    var traceparent = event.traceparent ?? ""
    return try kind.withUTF8 { kind in
      try traceparent.withUTF8 { traceparent in
        try event.payload.bytes.withUnsafeBytes { payload in
          try body(
            FoldEvent(
              seq: seq,
              ordinal: ordinal,
              ts: event.ts ?? Timestamp(microseconds: 0),
              session: event.session,
              kind: UnsafeRawBufferPointer(kind),
              known: event.kind.known,
              traceparent: traceparent.isEmpty ? nil : UnsafeRawBufferPointer(traceparent),
              payload: payload
            )
          )
        }
      }
    }
  }
}

/// The tables that a store would keep of a run, as the changes of its fold leave them.
struct FoldedRun {
  var fold: RunFoldBox
  var turns: [Int64: Turn] = [:]
  var calls: [Int64: Call] = [:]
  var permissions: [String: Permission] = [:]
  private var seqs: [String: Int64] = [:]
  private var openSeqs: Set<Int64> = []
  /// The usage events of the log that have an id.
  private var usages: [String: MemoryLog.Entry] = [:]
  /// The sessions that the run has events in.
  var sessions: [SessionPart] = []
  var findings: [Finding] = []
  var quarantined: [(seq: Int64, reason: String)] = []
  var cells: [RollupCellKey: Totals] = [:]
  var outcomes: [OutcomeMove] = []

  /// A class, because a fold cannot be copied.
  final class RunFoldBox {
    var fold: RunFold
    init(_ fold: consuming RunFold) { self.fold = fold }
  }

  init() {
    fold = RunFoldBox(RunFold())
  }

  /// Folds one event; what the fold needs is looked up in the tables here.
  mutating func step(_ entry: MemoryLog.Entry) throws {
    let box = fold
    try entry.withFoldEvent { event in
      let needs = box.fold.prepare(event)
      if let id = needs.id {
        box.fold.supply(
          call: seqs[id].flatMap { calls[$0] },
          permission: permissions[id]
        )
      }
      if needs.open {
        box.fold.supplyOpen(
          calls: openSeqs.compactMap { calls[$0] },
          permissions: permissions.values.filter(\.isOpen)
        )
      }
      var usage = needs.usage
      while let id = usage { usage = Self.supplyUsage(id, usages, to: &box.fold) }
      try box.fold.step(event)
    }
    note(entry)
  }

  /// Takes a usage event into the log that corrections look in.
  private mutating func note(_ entry: MemoryLog.Entry) {
    if entry.event.kind.known == .usage, let id = entry.event.id { usages[id] = entry }
  }

  /// Supplies the usage event of an id, as the log would have it.
  static func supplyUsage(
    _ id: String,
    _ usages: [String: MemoryLog.Entry],
    to fold: inout RunFold
  ) -> String? {
    guard let entry = usages[id] else { return fold.supply(usage: nil) }
    return entry.event.payload.bytes.withUnsafeBytes {
      fold.supply(usage: RunFold.RecordedUsage(seq: entry.seq, payload: $0))
    }
  }

  /// Writes the changes to the tables, as one batch.
  mutating func write() {
    let changes = fold.fold.takeChanges()
    for turn in changes.turns { turns[turn.idx] = turn }
    for (idx, failures) in changes.laterFailures {
      turns[idx]?.toolFailed += failures
      turns[idx]?.errors += failures
    }
    for part in changes.sessions { add(part) }
    for call in changes.calls {
      calls[call.seq] = call
      seqs[call.callID] = call.seq
      if call.status == .open { openSeqs.insert(call.seq) } else { openSeqs.remove(call.seq) }
    }
    for permission in changes.permissions {
      permissions[permission.id] =
        permission.isOpen || permission.isRefused ? permission : nil
    }
    findings += changes.findings
    quarantined += changes.quarantined
    for cell in changes.cells { cells[cell.key, default: Totals()].merge(cell.totals) }
    outcomes += changes.outcomes
  }

  private mutating func add(_ part: SessionPart) {
    guard let index = sessions.firstIndex(where: { $0.session == part.session }) else {
      sessions.append(part)
      return
    }
    let known = sessions[index]
    sessions[index].firstTs = [known.firstTs, part.firstTs].compactMap(\.self).min()
    sessions[index].lastTs = [known.lastTs, part.lastTs].compactMap(\.self).max()
  }

  /// Throws the fold away and reads it back from its binary form, as a restart does.
  mutating func restart() throws {
    write()
    let body = fold.fold.digest.encodedBody()
    let state = fold.fold.encodedState()
    fold = try body.withUnsafeBytes { body in
      try state.withUnsafeBytes { state in
        RunFoldBox(try RunFold(body: body, state: state))
      }
    }
  }

  /// Folds a whole run in one batch.
  static func folding(_ entries: [MemoryLog.Entry]) throws -> FoldedRun {
    var run = FoldedRun()
    // As when a log is folded again: the events to come are there already.
    for entry in entries { run.note(entry) }
    for entry in entries { try run.step(entry) }
    run.write()
    return run
  }

  var digest: Digest { fold.fold.digest }

  func insightJSON(run: String) -> [UInt8] {
    var json = JSONWriter()
    json.object { json in
      json.member("run", run)
      digest.writeMembers(to: &json) { json in
        json.member("watermark", digest.watermark)
        json.member("head", digest.watermark)
        json.member("lag", 0 as Int64)
      } cost: { json in
        json.object("cost") { json in
          json.money("reported_usd", digest.totals.cost.value)
          json.money("agent_usd", digest.agentNanoUSD)
        }
      } family: { _ in
      }
    }
    return json.bytes
  }
}
