internal import Events

/// One request to a model, as a log reports it: what it used, and how far that can be trusted.
struct ModelRequest: Codable, Sendable {
  /// What names the response in all logs that may have it; `nil` where no other line can tell of it
  /// again.
  var key: String?
  /// What the id of its event is made of: unique in the run.
  var id: String
  var model: String?
  var counts = TokenCounts()
  /// The service tier where it changes the price: `fast`, `priority`, `flex` or `batch`.
  var tier: String?
  /// Where it had to be served, as the log says it: `us` changes the price.
  var inferenceGeo: String?
  var contextWindow: Int64?
  /// What the log says was paid, in nano-dollars.
  var costNanoUSD: Int64?
  /// Why the model stopped; where a log says so, the counts are final.
  var stopReason: String?
  /// Whether the counts are the final ones.
  var isFinal = false
  /// Of final reports of the same time, how many the log had before: a later one is better.
  var revision: Int64 = 0
  /// Whether the output count is a placeholder.
  var isPartial = false
  /// Whether the log does not tell all counts of it.
  var isUnknown = false
  var isSubagent = false
  /// The time of the line that the counts are from.
  var ts: Timestamp?
  var session: String?
  /// What the agent's provider calls the request.
  var requestID: String?
  /// The usage as the log has it, as JSON.
  var reported: String?
  /// Requests that the same message took besides, for example to an adviser of another model; they
  /// come before this one.
  var others: [ModelRequest] = []

  init(key: String?, id: String) {
    self.key = key
    self.id = id
  }

  /// The `usage` event; `replaces` names the event that it corrects.
  func event(replacing replaced: String?) -> Event {
    Event.make(.usage) { json in
      json.member("model", ifPresent: model)
      counts.writeUsage(to: &json, isWhole: !isUnknown)
      json.member("tier", ifPresent: tier)
      json.member("inference_geo", ifPresent: inferenceGeo == "us" ? "us" : nil)
      json.member("context_window", ifPresent: contextWindow)
      if let costNanoUSD { json.money("cost_usd", costNanoUSD) }
      if isPartial { json.member("partial", true) }
      if isUnknown { json.member("unknown", true) }
      if isSubagent { json.member("subagent", true) }
      json.member("replaces", ifPresent: replaced)
      json.member("stop_reason", ifPresent: stopReason)
      json.member("response", ifPresent: key)
      json.member("request_id", ifPresent: requestID)
      if let reported { json.raw("reported", Array(reported.utf8)) }
    }
  }

  /// What two reports of one response must have in common to say the same.
  fileprivate var fingerprint: String {
    [
      model ?? "", tier ?? "", counts.key, costNanoUSD.map(String.init) ?? "",
      isPartial ? "p" : "", isUnknown ? "u" : "", inferenceGeo == "us" ? "us" : "",
    ].joined(separator: "|")
  }

  /// How good a report is: final ones by their time, others by their output.
  fileprivate var rank: ReportRank {
    ReportRank(
      isFinal: isFinal,
      micros: isFinal ? ts?.microseconds ?? 0 : 0,
      revision: revision,
      // One that leaves out counts is worse than any that tells them all.
      output: isUnknown ? counts.output - (1 << 50) : counts.output
    )
  }
}

/// Of two reports of one response the better one counts, in whatever order they are read.
private struct ReportRank: Comparable {
  var isFinal: Bool
  var micros: Int64
  var revision: Int64
  var output: Int64

  /// Better than any report.
  static let settled = ReportRank(isFinal: true, micros: .max, revision: .max, output: .max)

  private var parts: (Int, Int64, Int64, Int64) { (isFinal ? 1 : 0, micros, revision, output) }

  static func < (lhs: ReportRank, rhs: ReportRank) -> Bool { lhs.parts < rhs.parts }
}

/// What the store remembers of a response that was billed.
private struct BilledResponse {
  var run: RunID
  /// The id of the event that counts now.
  var event: String
  /// How often it was corrected.
  var corrections: Int64
  var fingerprint: String
  var rank: ReportRank

  init(run: RunID, event: String, corrections: Int64, _ request: ModelRequest) {
    self.run = run
    self.event = event
    self.corrections = corrections
    fingerprint = request.fingerprint
    rank = request.rank
  }

  init?(_ text: String) {
    let parts = text.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
    guard parts.count == 8, let run = RunID(rawValue: parts[0]), let corrections = Int64(parts[2]),
      let micros = Int64(parts[5]), let output = Int64(parts[6]), let revision = Int64(parts[7])
    else { return nil }
    self.run = run
    event = parts[1]
    self.corrections = corrections
    fingerprint = parts[3]
    rank = ReportRank(
      isFinal: parts[4] == "1",
      micros: micros,
      revision: revision,
      output: output
    )
  }

  var text: String {
    [
      run.rawValue, event, "\(corrections)", fingerprint, rank.isFinal ? "1" : "0",
      "\(rank.micros)", "\(rank.output)", "\(rank.revision)",
    ].map { $0.contains("\t") ? String($0.map { $0 == "\t" ? " " : $0 }) : $0 }
      .joined(separator: "\t")
  }
}

extension ImportedEvents {
  /// What became of a report.
  enum Accounting {
    /// It was the first: the run is billed.
    case billed
    /// It was better than what was known, and corrects it.
    case corrected
    /// It says nothing new.
    case known
  }

  /// Counts a request once, whatever lines, files and runs tell of it.
  ///
  /// The first report bills the run. A better one of the same response, final instead of open, later,
  /// or with more output, becomes a correction of what was billed, in the run that was billed.
  @discardableResult
  mutating func account(_ request: ModelRequest, run: RunID) -> Accounting {
    let id = "usage/" + request.id
    guard let key = request.key else {
      emitUsage(request, id: id, replacing: nil, run: run)
      return .billed
    }
    let fact = "response/" + key
    guard let known = facts[fact].flatMap({ BilledResponse($0) }) else {
      emitUsage(request, id: id, replacing: nil, run: run)
      facts[fact] = BilledResponse(run: run, event: id, corrections: 0, request).text
      return .billed
    }
    guard known.fingerprint != request.fingerprint, known.rank < request.rank else {
      return .known
    }
    let correction = known.corrections + 1
    let next = "\(id)/\(correction)"
    emitUsage(request, id: next, replacing: known.event, run: known.run)
    facts[fact] =
      BilledResponse(run: known.run, event: next, corrections: correction, request).text
    return .corrected
  }

  /// Lets a total that the log reports stand for a response: no other report corrects it any more.
  mutating func settle(response key: String) {
    let fact = "response/" + key
    guard var known = facts[fact].flatMap({ BilledResponse($0) }) else { return }
    known.rank = .settled
    facts[fact] = known.text
  }

  /// The run that a response was billed to.
  func biller(ofResponse key: String) -> RunID? {
    facts["response/" + key].flatMap { BilledResponse($0)?.run }
  }

  private mutating func emitUsage(
    _ request: ModelRequest,
    id: String,
    replacing replaced: String?,
    run: RunID
  ) {
    let event = request.event(replacing: replaced)
    emit(event.with(ts: request.ts, session: request.session, id: id), run: run)
  }
}
