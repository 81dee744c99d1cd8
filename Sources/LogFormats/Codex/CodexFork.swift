internal import Events

// Where the history that a fork has copied ends, and its own part begins.
//
// A fork's log begins with its own header, and then repeats its parent's lines, written anew at
// the time of the fork: its times say nothing. Its own part begins
// 1. with the first turn whose id, a UUID of version 7, is not older than the thread's own; for
//    ids of another version, with the first turn that is said to have started since;
// 2. in logs that give no turn ids, behind the last of the counts of tokens at its head that its
//    parent, or another fork of that parent, has too;
// 3. where none of them is known, at the first pause of more than a second: what is copied is
//    written in one go.
//
// In 2. the parent or the sibling may be imported later. Until then no token is counted, and the
// counts that may be the fork's own are kept in mind: `settleFork` counts them once it can.
//
// Parents and forks find each other by the marks that importers leave with the runs: a thread
// marks each request that it bills as its own, and a fork the requests that it may have copied.
struct CodexFork {
  /// The threads whose requests may have been copied, the parent first.
  var ancestors: [String]
  /// When the fork was made, in milliseconds.
  var createdMs: Int64?
  /// Whether the copied turns have ids, so that the first own one will be recognised.
  var hasTurnIDs = false
  /// How many counts at the head are known to be another's.
  var shared: Int64 = 0
  /// The counts of which that is not known, since nothing is known of any of them.
  var held: [Held] = []
  /// The time of the line before, and whether all lines came in one go so far.
  var lastTS: Timestamp?
  var isOneGo = true
  var rows: Int64 = 0

  init(ancestors: [String], createdMs: Int64?, ts: Timestamp?) {
    self.ancestors = ancestors
    self.createdMs = createdMs
    lastTS = ts
  }

  /// A count that may be the fork's own.
  struct Held {
    var id: String
    var key: String
    var counts: CodexCounts
    var model: String?
    var ts: Timestamp?
  }

  /// Whether a line begins a turn of the fork itself.
  mutating func isOwnTurn(_ line: CodexLine) -> Bool {
    guard line.kind == "task_started" || line.kind == "turn_context",
      let turn = line.payload.text("turn_id"), let createdMs
    else { return false }
    if let started = CodexUUID.milliseconds(turn) {
      hasTurnIDs = true
      return started >= createdMs
    }
    guard let started = line.payload.count("started_at") else { return false }
    hasTurnIDs = true
    return started >= createdMs / 1000
  }

  /// Whether a line comes after a pause, and what came before came in one go.
  mutating func isAfterPause(_ line: CodexLine) -> Bool {
    guard let ts = line.ts else { return false }
    defer { lastTS = ts }
    guard let lastTS, ts.microseconds - lastTS.microseconds > Self.pause else { return false }
    if isOneGo && rows >= 2 && !hasTurnIDs && shared == 0 { return true }
    isOneGo = false
    return false
  }

  private static let pause: Int64 = 1_000_000
}

extension CodexThread {
  /// Reads a line of a fork that may be a copied one.
  ///
  /// Returns false where the fork's own part has begun, and the line belongs to it.
  mutating func readCopied(_ line: CodexLine, into sink: inout ImportedEvents) -> Bool {
    guard fork != nil else { return false }
    if fork?.isOwnTurn(line) == true || fork?.isAfterPause(line) == true {
      beginOwnPart()
      return false
    }
    switch line.kind {
    case "session_meta":
      if let ancestor = line.payload.text("id"), ancestor != id {
        if fork?.ancestors.contains(ancestor) == false { fork?.ancestors.append(ancestor) }
      } else {
        keep(line, into: &sink)
      }
      return true
    case "turn_context":
      model = line.payload.text("model") ?? model
    case "token_count":
      return readCopiedCount(line, into: &sink)
    default:
      break
    }
    // Of a log that does not say where its own part begins, everything is kept.
    if fork?.hasTurnIDs == false && fork?.shared == 0 && line.type != "record" {
      keep(line, into: &sink)
    }
    return true
  }

  private mutating func readCopiedCount(
    _ line: CodexLine,
    into sink: inout ImportedEvents
  ) -> Bool {
    settleFork(into: &sink)
    guard let fork else { return false }
    let before = (total, last, resets)
    guard let counts = advance(line), counts.isRequest, let total else { return true }
    self.fork?.rows += 1
    let key = requestKey(total)
    let usage = usageID(total)
    if fork.hasTurnIDs {
      emit(usageEvent(counts, line, isCopied: true), id: usage, ts: line.ts, into: &sink)
      return true
    }
    let isShared = isShared(key, fork, sink)
    if fork.shared > 0 && !isShared {
      // The first count that no other thread has: the line is read again, as an own one.
      (self.total, last, resets) = before
      beginOwnPart()
      return false
    }
    if isShared {
      self.fork?.shared += 1
    } else {
      self.fork?.held.append(
        CodexFork.Held(id: usage, key: key, counts: counts, model: model, ts: line.ts)
      )
    }
    emit(
      usageEvent(counts, line, isCopied: true),
      id: usage,
      ts: line.ts,
      bills: copyMark(key, isShared, fork, sink),
      into: &sink
    )
    return true
  }

  /// What others will find this copy by; a mark can be left by one run only.
  private func copyMark(
    _ key: String,
    _ isShared: Bool,
    _ fork: CodexFork,
    _ sink: ImportedEvents
  ) -> String? {
    guard let parent = fork.ancestors.first else { return nil }
    let mark = mark(key, of: parent, isShared ? .again : .copy)
    return sink.isBilled(mark, byOtherThan: run) ? nil : mark
  }

  /// Counts what is the fork's own, if it is known by now which counts are.
  mutating func settleFork(into sink: inout ImportedEvents) {
    guard let fork, !fork.held.isEmpty, fork.shared == 0 else { return }
    let copied = fork.held.prefix { isShared($0.key, fork, sink) }.count
    guard copied > 0 else { return }
    if copied == fork.held.count {
      self.fork?.shared = Int64(copied)
      self.fork?.held = []
      return
    }
    for row in fork.held.dropFirst(copied) {
      let event = Event.make(.usage) { json in
        json.member("model", ifPresent: row.model)
        row.counts.write(to: &json)
      }
      emit(
        event,
        id: row.id + Self.own,
        ts: row.ts,
        bills: mark(row.key, of: id, .own),
        into: &sink
      )
    }
    beginOwnPart()
  }

  private mutating func beginOwnPart() {
    // What was found to be the fork's own may be in the store as a copy, from a time when that
    // could not be known: it has a name of its own.
    namesOwn = fork?.hasTurnIDs == false
    fork = nil
    isFork = true
  }

  /// Whether a request is one that another thread has made, or copied too.
  private func isShared(_ key: String, _ fork: CodexFork, _ sink: ImportedEvents) -> Bool {
    fork.ancestors.contains { ancestor in
      CodexMark.allCases.contains { kind in
        sink.isBilled(mark(key, of: ancestor, kind), byOtherThan: run)
      }
    }
  }

  /// What a request is known by in all threads that have it: the counts, which a fork copies.
  func requestKey(_ total: CodexCounts) -> String {
    CodexMark.key(total, last)
  }

  func mark(_ key: String, of thread: String, _ kind: CodexMark) -> String {
    kind.mark(key, of: thread)
  }
}

/// What a run has to do with a request of a thread.
enum CodexMark: String, CaseIterable {
  /// It made it.
  case own
  /// It may have copied it.
  case copy
  /// It has copied it, and found that another one has copied it too.
  case again
  /// It was told of it by the app server, which writes the thread's own log too.
  case told

  /// What a request is known by in all logs that have it.
  static func key(_ total: CodexCounts, _ last: CodexCounts?) -> String {
    total.key + "+" + (last?.key ?? "")
  }

  func mark(_ key: String, of thread: String) -> String {
    "codex:" + StableHash.hex("\(thread)/\(rawValue)/\(key)".utf8)
  }
}
