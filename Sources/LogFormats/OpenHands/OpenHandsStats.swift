internal import Events

/// What was counted of the requests of one use of a model: the agent's own, a summary's.
struct OpenHandsMeter: Codable {
  /// What was used so far, and with how many requests, where each of them is listed.
  var counts = TokenCounts()
  var requests: Int64 = 0
  /// In nano-dollars.
  var cost: Int64 = 0
}

// How requests of the SDK are counted, exactly once.
//
// The state of a conversation, which lies beside the folder of its events and is rewritten all
// the time, tells of each request, and when it was paid for. Some programs also have events that
// tell what was used in all. The one that is read first is the one that counts: it leaves a mark,
// and the other one finds it.
extension OpenHandsImporter {
  /// Asks for marks in the name of no run, so that those of the own one are found.
  private static let asking = Conversation.run("openhands", "")

  private func mark(ofState: Bool) -> String {
    "openhands/" + (memory.conversation?.session ?? "") + (ofState ? "/state" : "/stats")
  }

  /// Counts what was used since it was last told.
  mutating func countStats(
    _ stats: JSONObject?,
    ts: Timestamp?,
    isState: Bool = false,
    _ sink: inout ImportedEvents
  ) {
    guard let meters = stats?["usage_to_metrics"] ?? stats?["service_to_metrics"],
      !sink.isBilled(mark(ofState: !isState), byOtherThan: Self.asking)
    else { return }
    meters.forEachMember { name, value in
      guard let metrics = JSONObject(value) else { return }
      let name = String(decoding: name, as: UTF8.self)
      var meter = memory.meters[name] ?? OpenHandsMeter()
      if metrics["token_usages"]?.isArray == true {
        countEach(metrics, of: name, &meter, ts: ts, isState: isState, into: &sink)
      } else {
        countAll(metrics, of: name, &meter, ts: ts, into: &sink)
      }
      memory.meters[name] = meter
    }
  }

  private mutating func countEach(
    _ metrics: JSONObject,
    of name: String,
    _ meter: inout OpenHandsMeter,
    ts: Timestamp?,
    isState: Bool,
    into sink: inout ImportedEvents
  ) {
    var usages: [JSONObject] = []
    metrics["token_usages"]?.forEachElement { usages += JSONObject($0).map { [$0] } ?? [] }
    var costs: [JSONObject] = []
    metrics["costs"]?.forEachElement { costs += JSONObject($0).map { [$0] } ?? [] }
    // Requests that cost nothing leave no cost, and then it is unknown which is whose.
    let arePaired = costs.count == usages.count
    for (i, usage) in usages.enumerated().dropFirst(Int(meter.requests)) {
      let cost = arePaired ? costs[i] : nil
      let paid = cost?["timestamp"]?.double.flatMap { Timestamp(seconds: $0) }
      let time = isState ? paid ?? memory.conversation?.lastTS : ts ?? paid
      // What has no time would be taken to have happened now.
      guard !isState || time != nil else { return }
      meter.requests = Int64(i) + 1
      let counts = TokenCounts(openHands: usage)
      meter.counts += counts
      if isState { startState(ts: time, &sink) }
      bill(
        counts,
        of: name,
        total: meter.counts,
        metrics: metrics,
        usage: usage,
        cost: cost?["cost"]?.money,
        ts: time,
        isState: isState,
        into: &sink
      )
    }
  }

  private mutating func countAll(
    _ metrics: JSONObject,
    of name: String,
    _ meter: inout OpenHandsMeter,
    ts: Timestamp?,
    into sink: inout ImportedEvents
  ) {
    guard let usage = metrics.object("accumulated_token_usage") else { return }
    let now = TokenCounts(openHands: usage)
    let counts = now.growth(since: meter.counts)
    let total = metrics["accumulated_cost"]?.money ?? meter.cost
    let cost = total < meter.cost ? total : total - meter.cost
    meter.counts = now
    meter.cost = total
    bill(
      counts,
      of: name,
      total: now,
      metrics: metrics,
      usage: usage,
      cost: cost,
      ts: ts,
      isState: false,
      into: &sink
    )
  }

  private mutating func bill(
    _ counts: TokenCounts,
    of name: String,
    total: TokenCounts,
    metrics: JSONObject,
    usage: JSONObject,
    cost: Int64?,
    ts: Timestamp?,
    isState: Bool,
    into sink: inout ImportedEvents
  ) {
    guard !counts.isZero else { return }
    let named = usage.text("model") ?? metrics.text("model_name")
    let model = named == "default" ? nil : named
    let mark = mark(ofState: isState)
    let isMarked = sink.isBilled(mark, byOtherThan: Self.asking)
    let window = usage.count("context_window") ?? 0
    if !isMarked, let run = memory.conversation?.run { sink.bill(mark, to: run) }
    var request = ModelRequest(key: nil, id: name + "/" + total.key)
    request.model = model ?? memory.conversation?.facts.model
    request.counts = counts
    request.costNanoUSD = cost.flatMap { $0 > 0 ? $0 : nil }
    request.contextWindow = window > 0 ? window : nil
    request.ts = ts
    request.reported = String(decoding: usage.raw, as: UTF8.self)
    memory.conversation?.bill(request, into: &sink)
  }

  // MARK: The state

  /// Reads the state of a conversation, which is rewritten again and again.
  mutating func readState(_ state: JSONObject, _ sink: inout ImportedEvents) {
    memory.model = state.object("agent")?.object("llm")?.text("model") ?? memory.model
    memory.project = state.object("workspace")?.text("working_dir") ?? memory.project
    countStats(state.object("stats"), ts: nil, isState: true, &sink)
  }

  /// Tells what the state knows of the run, with the first request that it tells of.
  private mutating func startState(ts: Timestamp?, _ sink: inout ImportedEvents) {
    guard !memory.hasTold else { return }
    memory.hasTold = true
    // Under an id of its own: the events have begun the run as a rule.
    let facts = RunFacts(agent: "openhands", model: memory.model, project: memory.project).spelled
    let event = Event.make(.runStarted) { facts.write(to: &$0) }
    memory.conversation?.emit(event.with(ts: ts, id: "run.started/state"), into: &sink)
  }
}

extension TokenCounts {
  /// Reads what the SDK counts: cached input is a part of the prompt, but where it is more, and the
  /// written cache is where it fits in.
  init(openHands usage: JSONObject) {
    let prompt = usage.count("prompt_tokens") ?? 0
    let read = usage.count("cache_read_tokens") ?? 0
    let written = usage.count("cache_write_tokens") ?? 0
    var input = read > prompt ? prompt : prompt - read
    if input >= written { input -= written }
    self.init(
      input: input,
      output: usage.count("completion_tokens") ?? 0,
      cacheRead: read,
      cacheWrite: written,
      reasoning: usage.count("reasoning_tokens") ?? 0
    )
  }
}

extension Timestamp {
  /// A time in seconds since 1970 with a fraction.
  fileprivate init?(seconds: Double) {
    guard seconds > 0, seconds < 253_402_300_800 else { return nil }
    self.init(microseconds: Int64((seconds * 1_000_000).rounded()))
  }
}
