internal import Events

/// How the requests of a thread are billed: by the records of single responses, or by what the
/// thread's totals grew by.
struct CodexBilling: Codable {
  /// Whether the version of the program records each response.
  var isRecorded = false
  /// Whether such records were met: then totals say nothing more of requests.
  var hasRecords = false
  /// Whether a whole turn went by without a record, in spite of the version.
  var countsTotals = false
  /// What totals grew by while a record may still come that says so too.
  var held: [ModelRequest] = []
  /// The counts of records that stand beside totals, until these tell of them too.
  var unmatched: [CodexCounts] = []
  /// The requests that were billed before the model was known.
  var unnamed: [ModelRequest] = []

  static let max = 64
}

// How the tokens of a request come into the log, exactly once.
//
// From 0.153 on each response has a `token_usage_record` with its id, also that of a compaction, of
// which the totals do not tell. Before, a request is what the thread's totals grew by, as
// `CodexCounter` judges it; a few versions record compactions beside that.
//
// Cached and written input are parts of the input there, and are taken out of it here. The id of a
// usage is that of its response, or is made of the totals, which no other request of the thread has.
extension CodexThread {
  // MARK: Records

  /// Bills a response that has a record of its own.
  mutating func readRecord(_ record: JSONObject, into sink: inout ImportedEvents) {
    guard let counts = CodexCounts(record["usage"]) else { return }
    if record["thread_token_usage"] != nil || record["turn_token_usage"] != nil
      || billing.isRecorded
    {
      billing.hasRecords = true
      billing.held = []
    }
    markDone()
    guard counts.isRequest else { return }
    let response = record.text("response_id")
    var request = ModelRequest(
      key: response.map { "codex/response/" + $0 },
      id: response ?? sink.line.id
    )
    request.model =
      record.text("model")
      ?? record.text("turn_id").flatMap { turnModels[$0] } ?? model
    request.isFinal = request.model != nil
    request.reported = String(decoding: record.raw, as: UTF8.self)
    if bill(request, counts, into: &sink) == .billed, !billing.hasRecords {
      billing.unmatched.append(counts)
      if billing.unmatched.count > CodexBilling.max { billing.unmatched.removeFirst() }
    }
  }

  // MARK: Totals

  mutating func readTokenCount(_ line: CodexLine, into sink: inout ImportedEvents) {
    readLimits(line, into: &sink)
    guard let info = line.payload.object("info") else { return }
    contextWindow = info.count("model_context_window") ?? contextWindow
    let total = CodexCounts(info["total_token_usage"])
    let last = CodexCounts(info["last_token_usage"])
    guard total != nil || last != nil else { return keep(line, into: &sink) }
    if billing.hasRecords { return }
    let key = total.map { CodexCounter.row($0, last, of: id) }
    counter.load(id, from: sink)
    defer { counter.save(id, into: &sink) }
    if let key, sink.biller(ofResponse: key) != nil {
      // Another log of the thread has reported it, or this one before.
      counter.pass(total, last: last)
      return markDone()
    }
    let before = (counter.total, counter.last)
    let isInherited = isFork && fork == nil && !hasAnswered
    guard let counts = counter.advance(to: total, last: last, isInherited: isInherited) else {
      // The same total, but another gauge of the context, as after a compaction; or a total that
      // another thread has come to.
      if before.0 == nil || before.1 != last { keep(line, into: &sink) }
      return
    }
    guard counts.isRequest else { return keep(line, into: &sink) }
    markDone()
    if let twin = billing.unmatched.firstIndex(where: { $0.parts == counts.parts }) {
      billing.unmatched.remove(at: twin)
      return keep(line, into: &sink)
    }
    var request = ModelRequest(key: key, id: "\(counter.total?.key ?? "")/\(counter.resets)")
    request.model = model
    // A report without the model is not the last word.
    request.isFinal = model != nil
    request.reported = String(decoding: line.payload.raw, as: UTF8.self)
    if billing.isRecorded, !billing.countsTotals {
      hold(request, counts, sink)
    } else {
      bill(request, counts, into: &sink)
    }
  }

  private mutating func hold(
    _ request: ModelRequest,
    _ counts: CodexCounts,
    _ sink: ImportedEvents
  ) {
    var request = filled(request, counts)
    request.ts = sink.line.ts
    billing.held.append(request)
    if billing.held.count > CodexBilling.max { billing.held.removeFirst() }
  }

  /// A turn is over: where none of its responses has a record, there are none.
  mutating func settleRequests(into sink: inout ImportedEvents) {
    guard billing.isRecorded, !billing.hasRecords, !billing.held.isEmpty else { return }
    billing.countsTotals = true
    for request in billing.held { conversation.bill(request, into: &sink) }
    billing.held = []
  }

  /// Whether the model has done anything in the turn that is open.
  private var hasAnswered: Bool {
    guard let turn = conversation.turn else { return false }
    return turn.step != .prompt
  }

  private func filled(_ request: ModelRequest, _ counts: CodexCounts) -> ModelRequest {
    var request = request
    request.counts = counts.tokens
    request.tier = tier
    request.contextWindow = contextWindow
    return request
  }

  @discardableResult
  private mutating func bill(
    _ request: ModelRequest,
    _ counts: CodexCounts,
    into sink: inout ImportedEvents
  ) -> ImportedEvents.Accounting {
    var request = filled(request, counts)
    request.ts = sink.line.ts ?? conversation.lastTS
    request.session = conversation.session
    let known = request.key.flatMap { sink.biller(ofResponse: $0) }
    conversation.bill(request, into: &sink)
    if request.model == nil, known == nil, request.key != nil {
      request.reported = nil
      billing.unnamed.append(request)
      if billing.unnamed.count > CodexBilling.max { billing.unnamed.removeFirst() }
    }
    return known == nil ? .billed : .known
  }

  /// The model has answered without a call, where nothing else says so.
  private mutating func markDone() {
    if conversation.turn?.step == .words, !isExplicit { conversation.done(nil) }
  }

  // MARK: What a request is asked of

  /// What a turn runs with: the model, which may change, and for old logs the project.
  mutating func readContext(_ line: CodexLine, into sink: inout ImportedEvents) {
    conversation.beforeOtherLine(into: &sink)
    apply(line.payload, into: &sink)
    if let turn = line.payload.text("turn_id"), let model {
      if turnModels.count > 16 { turnModels = [:] }
      turnModels[turn] = model
    }
    if conversation.facts.project == nil, let folder = line.payload.text("cwd") {
      conversation.tell(RunFacts(project: folder), into: &sink)
    }
    keep(line, into: &sink)
  }

  /// Takes the settings of a copied turn, with which the thread goes on.
  mutating func inherit(_ settings: JSONObject) {
    approvals.take(settings)
    if settings.has("service_tier") { tier = Self.tier(settings.text("service_tier")) }
    model = settings.text("model") ?? model
  }

  /// Takes the settings of a turn or of the thread.
  mutating func apply(_ settings: JSONObject, into sink: inout ImportedEvents) {
    inherit(settings)
    guard let name = settings.text("model") else { return }
    let unnamed = billing.unnamed
    billing.unnamed = []
    for var request in unnamed {
      request.model = name
      request.isFinal = true
      conversation.bill(request, into: &sink)
    }
    conversation.tell(RunFacts(model: name), into: &sink)
  }

  /// The tier where it changes the price; older versions called the quick one `fast`.
  private static func tier(_ name: String?) -> String? {
    switch name {
    case "priority", "fast": "priority"
    case "flex", "batch": name
    default: nil
    }
  }

  // MARK: Limits

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
      conversation.emit(event, "limit", into: &sink)
    }
    limitReached = reached
    limitEnds = end
  }
}

extension JSONObject {
  /// Whether there is a member of a name, be it `null`.
  fileprivate func has(_ key: StaticString) -> Bool {
    if self[key] != nil { return true }
    var isThere = false
    (try? JSONValue.parse(raw))?.forEachMember { name, _ in
      if name.elementsEqual(
        UnsafeRawBufferPointer(start: key.utf8Start, count: key.utf8CodeUnitCount)
      ) {
        isThere = true
      }
    }
    return isThere
  }
}
