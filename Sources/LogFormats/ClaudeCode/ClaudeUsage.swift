internal import Events

// What an assistant line says of the requests that its message took.
//
// Claude Code writes a line per content block, and each repeats the usage of the whole message as far
// as it was known: of several lines the last one that has a stop reason counts, as a whole.
//
// 1. Counts that are missing or malformed are unknown, not 0.
// 2. Cache writes are given flat and split by their time to live. Where the two differ, the larger
//    one counts: some programs fill in only the split.
// 3. `usage.iterations` lists the requests of a message that took several. Those of type `message` are
//    what the flat counts sum up: each is a request of its own, since the window and the price depend
//    on the size of a single one. All others (an adviser, a compaction, a fallback) were billed beside
//    the flat counts, with a model of their own.
extension ModelRequest {
  /// Reads the message of an assistant line; `nil` where it reports no usage.
  init?(claude line: ClaudeLine) {
    guard let message = line.message, let usage = message.object("usage") else { return nil }
    let id = line.messageID
    self.init(key: "claude-code/" + id, id: id)
    model = message.text("model")
    counts = TokenCounts(claude: usage)
    tier = Self.tier(of: usage)
    inferenceGeo = usage.text("inference_geo").flatMap { $0 == "not_available" ? nil : $0 }
    stopReason = message.text("stop_reason")
    isFinal = stopReason != nil
    isPartial = !isFinal
    isUnknown = usage.count("input_tokens") == nil || usage.count("output_tokens") == nil
    requestID = line.object.text("requestId") ?? line.object.text("request_id")
    ts = line.ts
    session = line.session
    reported = String(decoding: usage.raw, as: UTF8.self)
    split(by: usage["iterations"])
  }

  private mutating func split(by list: JSONValue?) {
    var iterations: [(place: Int, object: JSONObject, isMessage: Bool)] = []
    var place = 0
    list?.forEachElement { element in
      defer { place += 1 }
      guard let object = JSONObject(element) else { return }
      let isMessage = object["type"].map { $0.equals("message") } ?? true
      iterations.append((place, object, isMessage))
    }
    let last = iterations.last { $0.isMessage }?.place
    var rest = counts
    var messages: [ModelRequest] = []
    var others: [ModelRequest] = []
    for (place, object, isMessage) in iterations where place != last {
      var request = ModelRequest(key: nil, id: id + "/iteration/\(place)")
      request.key = "claude-code/" + request.id
      request.model = object.text("model") ?? model
      request.counts = TokenCounts(claude: object)
      request.tier = Self.tier(of: object) ?? (isMessage ? tier : nil)
      request.inferenceGeo = inferenceGeo
      request.isFinal = true
      if isMessage {
        request.counts.cacheWrite1h = min(request.counts.cacheWrite, rest.cacheWrite1h)
        rest = rest.less(request.counts)
        messages.append(request)
      } else {
        others.append(request)
      }
    }
    // Parts that exceed their sum are not parts of it.
    if rest.isWithoutDebt {
      counts = rest
      others += messages
    }
    self.others = others
  }

  private static func tier(of usage: JSONObject) -> String? {
    if usage["speed"]?.equals("fast") == true { return "fast" }
    guard let tier = usage.text("service_tier"), ["priority", "flex", "batch"].contains(tier) else {
      return nil
    }
    return tier
  }
}

extension TokenCounts {
  /// Reads a usage as Anthropic's API gives it.
  init(claude usage: JSONObject) {
    let split = usage.object("cache_creation")
    let short = split?.count("ephemeral_5m_input_tokens") ?? 0
    let long = split?.count("ephemeral_1h_input_tokens") ?? 0
    self.init(
      input: usage.count("input_tokens") ?? 0,
      output: usage.count("output_tokens") ?? 0,
      cacheRead: usage.count("cache_read_input_tokens") ?? 0,
      cacheWrite: max(usage.count("cache_creation_input_tokens") ?? 0, short + long),
      reasoning: usage.object("output_tokens_details")?.count("thinking_tokens") ?? 0,
      cacheWrite1h: long,
      webSearches: usage.object("server_tool_use")?.count("web_search_requests") ?? 0
    )
  }

  /// These counts without those of a part; negative where it is not one.
  fileprivate func less(_ part: TokenCounts) -> TokenCounts {
    TokenCounts(
      input: input - part.input,
      output: output - part.output,
      cacheRead: cacheRead - part.cacheRead,
      cacheWrite: cacheWrite - part.cacheWrite,
      reasoning: reasoning - part.reasoning,
      cacheWrite1h: cacheWrite1h - part.cacheWrite1h,
      webSearches: webSearches - part.webSearches
    )
  }

  fileprivate var isWithoutDebt: Bool {
    min(input, output, cacheRead, cacheWrite) >= 0 && reasoning >= 0 && webSearches >= 0
  }
}
