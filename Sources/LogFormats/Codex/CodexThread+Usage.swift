internal import Events

// How the tokens of a request come into the log, exactly once.
//
// Codex does not report what a request has used, but what the thread has used in all, and
// repeats the last such line whenever it likes. So a request is what the cumulative counts have
// grown by since the line before:
// 1. the same counts again are no request;
// 2. where any of them is smaller than before, the count was set back, and the request is what
//    the line gives as the last one's own;
// 3. where only the grand total moves, nothing was asked of a model;
// 4. a fork that goes on with its parent's count without having copied its lines begins with the
//    last request's own counts, and with none where the line comes before any answer.
// Cached and written input are parts of the input there, and are taken out of it here.
// The id of a usage is made of the cumulative counts, which no other request of the thread has.
extension CodexThread {
  mutating func readTokenCount(_ line: CodexLine, into sink: inout ImportedEvents) {
    readLimits(line, into: &sink)
    guard let info = line.payload.object("info") else { return }
    guard info["total_token_usage"] != nil || info["last_token_usage"] != nil else {
      return keep(line, into: &sink)
    }
    let before = (total, last)
    guard let counts = advance(line) else {
      // The same total, but another gauge of the context, as after a compaction; or a total that
      // another thread has come to.
      if before.0 == nil || before.1 != last { keep(line, into: &sink) }
      return
    }
    guard counts.isRequest else { return keep(line, into: &sink) }
    if turn?.step == .words { turn?.isAnswered = true }
    let key = total.map { requestKey($0) }
    // The messages of the app server may have told of it before.
    let isTold = key.map { sink.isBilled(mark($0, of: id, .told), byOtherThan: run) } ?? false
    emit(
      usageEvent(counts, line, isCopied: isTold),
      id: usageID(total) + (namesOwn ? Self.own : ""),
      ts: line.ts,
      bills: key.map { mark($0, of: id, .own) },
      into: &sink
    )
  }

  /// Goes on to the counts of a line, and answers by what they grew; `nil` where by nothing.
  mutating func advance(_ line: CodexLine) -> CodexCounts? {
    let info = line.payload.object("info")
    let own = CodexCounts(info?["last_token_usage"])
    guard let now = CodexCounts(info?["total_token_usage"]) else {
      // Without a cumulative count, each line stands for itself.
      guard let own else { return nil }
      total = CodexCounts(zip(total?.fields ?? CodexCounts([]).fields, own.fields).map(+))
      last = own
      return own
    }
    defer {
      total = now
      last = own
    }
    guard let total else {
      guard isFork, fork == nil, let own, own != now else { return now }
      return turn?.step == nil || turn?.step == .prompt ? nil : own
    }
    if now == total { return nil }
    guard now.isReset(since: total) else { return now - total }
    resets += 1
    return own ?? now
  }

  /// What the usage of a request is known by, to which the thread's total came.
  func usageID(_ total: CodexCounts?) -> String {
    "usage/" + (total?.key ?? "") + "/\(resets)"
  }

  static let own = "/own"

  func usageEvent(_ counts: CodexCounts, _ line: CodexLine, isCopied: Bool) -> Event {
    Event.make(.usage) { json in
      json.member("model", ifPresent: model)
      counts.write(to: &json)
      if let window = line.payload["info"]?["model_context_window"]?.count {
        json.member("context_window", window)
      }
      if isCopied { json.member("copied", true) }
      json.raw("reported", line.payload.raw)
    }
  }

  /// Remembers when a limit that is reached ends, and tells when one is.
  private mutating func readLimits(_ line: CodexLine, into sink: inout ImportedEvents) {
    guard let limits = line.payload.object("rate_limits") else { return }
    var end: Timestamp?
    for window in [limits.object("primary"), limits.object("secondary")] {
      guard let window, let used = window["used_percent"]?.double, used >= 100 else { continue }
      let seconds = window.count("resets_at")
      let later = window.count("resets_in_seconds")
      if let seconds, seconds < 253_402_300_800 {
        end = max(end ?? Timestamp(microseconds: 0), Timestamp(microseconds: seconds * 1_000_000))
      } else if let later, later < 1_000_000_000, let ts = line.ts {
        let time = Timestamp(microseconds: ts.microseconds + later * 1_000_000)
        end = max(end ?? Timestamp(microseconds: 0), time)
      }
    }
    let reached = limits.text("rate_limit_reached_type")
    if let reached, reached != limitReached {
      let event = Event.make(.rateLimit) { json in
        json.member("resets_at", ifPresent: end)
        json.member("type", reached)
      }
      emit(event, id: name(line) + "/limit", ts: line.ts, into: &sink)
    }
    limitReached = reached
    limitEnds = end
  }
}
