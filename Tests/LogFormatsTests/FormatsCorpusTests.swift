import Events
import LogFormats
import Pricing
import TestSupport
import Testing

/// Real logs of many agents against a computation that knows nothing of events or turns.
///
/// Run it with `RUNDIGEST_CORPUS` set to the folder that holds the logs.
@Suite(
  "Real logs of other agents",
  .enabled(if: TestFiles.corpus != nil, "RUNDIGEST_CORPUS is not set: no real log is read")
)
struct FormatsCorpusTests {
  private func compare(
    _ format: LogFormat,
    _ paths: [String],
    _ raw: ([RawJSON]) -> Totals
  ) throws {
    #expect(!paths.isEmpty)
    for path in paths {
      let bytes = try TestFiles.bytes(path)
      let name = path.split(separator: "/").last.map(String.init) ?? ""
      let store = try FormatContract(format: format).check(bytes, name: name, name)
      let expected = raw(RawJSON.values(bytes))
      #expect(store.totals == expected, "\(name)")
      print("\(name): \(store.entries.count) events, \(expected)")
      for problem in store.problems.prefix(3) { print("  \(problem)") }
    }
  }

  @Test("Gemini chats")
  func gemini() throws {
    try compare(.gemini, TestFiles.corpusFiles("gemini-chat")) { values in
      // The last copy of a message counts, in a session's list of messages or on a line of its own.
      var session = ""
      var messages: [String: RawJSON] = [:]
      func take(_ message: RawJSON) {
        messages[session + " " + (message["id"]?.string ?? "")] = message
      }
      for value in values {
        if value["projectHash"] != nil { session = value["sessionId"]?.string ?? "" }
        for list in [value["messages"], value["$set"]?["messages"]] {
          list?.elements.forEach(take)
        }
        if value["tokens"] != nil { take(value) }
      }
      var totals = Totals()
      for message in messages.values {
        guard let tokens = message["tokens"], case .object = tokens else { continue }
        let counts = [
          tokens["input"].count - tokens["cached"].count + tokens["tool"].count,
          tokens["output"].count + tokens["thoughts"].count, tokens["cached"].count, 0,
        ]
        totals.add(message["model"]?.string ?? "-", counts)
      }
      return totals
    }
  }

  @Test("Gemini events of another program")
  func geminiEvents() throws {
    try compare(.gemini, TestFiles.corpusFiles("gemini-events")) { values in
      var totals = Totals()
      var seen: Set<String> = []
      for event in values.flatMap(\.elements) {
        guard let message = event["metadata"], let tokens = message["tokens"],
          case .object = tokens, seen.insert(message["id"]?.string ?? "").inserted
        else { continue }
        let counts = [
          tokens["input"].count - tokens["cached"].count + tokens["tool"].count,
          tokens["output"].count + tokens["thoughts"].count, tokens["cached"].count, 0,
        ]
        totals.add(message["model"]?.string ?? "-", counts)
      }
      return totals
    }
  }

  @Test("Gemini's stream")
  func geminiStream() throws {
    let paths = try TestFiles.corpusFiles("termipod", containing: "gemini")
    try compare(.geminiStream, paths) { values in
      var totals = Totals()
      for value in values {
        guard case .object(let models)? = value["stats"]?["models"] else { continue }
        for (model, stats) in models {
          let input = stats["input_tokens"].count
          let cached = stats["cached"].count
          totals.add(model, [input - cached, stats["total_tokens"].count - input, cached, 0])
        }
      }
      return totals
    }
  }

  @Test("Rows of a hub")
  func agentEvents() throws {
    let paths = try TestFiles.corpusFiles("termipod", containing: "canonical")
    try compare(.agentEvents, paths) { values in
      var totals = Totals()
      // The expected figures stand beside the rows.
      let expected = values.first?["expected"]
      guard case .object(let models)? = expected?["by_model"] else { return totals }
      for (model, counts) in models {
        totals.add(model, [counts["in"].count, counts["out"].count, 0, 0])
      }
      return totals
    }
  }

  @Test("pi")
  func pi() throws {
    let paths =
      try TestFiles.corpusFiles("pi")
      + TestFiles.corpusFiles("other-agents", containing: "openclaw")
    try compare(.pi, paths) { values in
      var totals = Totals()
      for message in values.compactMap({ $0["message"] }) {
        guard let usage = message["usage"], case .object = usage else { continue }
        let counts = [
          usage["input"].count, usage["output"].count, usage["cacheRead"].count,
          usage["cacheWrite"].count,
        ]
        guard counts.contains(where: { $0 > 0 }) else { continue }
        totals.add(message["model"]?.string ?? "-", counts)
      }
      return totals
    }
  }

  @Test("OpenHands")
  func openHands() throws {
    try compare(.openHands, TestFiles.corpusFiles("openhands")) { values in
      var totals = Totals()
      let last = values.last { $0["llm_metrics"]?["accumulated_token_usage"] != nil }
      guard let last, let usage = last["llm_metrics"]?["accumulated_token_usage"] else {
        return totals
      }
      let read = usage["cache_read_tokens"].count
      let counts = [
        usage["prompt_tokens"].count - read, usage["completion_tokens"].count, read,
        usage["cache_write_tokens"].count,
      ]
      let model = last["tool_call_metadata"]?["model_response"]?["model"]?.string
      totals.add(model ?? "-", counts)
      return totals
    }
  }

  @Test("Kimi")
  func kimi() throws {
    let paths =
      try TestFiles.corpusFiles("termipod", containing: "kimi")
      + TestFiles.corpusFiles("other-agents", containing: "kimi")
    try compare(.kimi, paths) { values in
      // A step that no record of its counts follows stands for itself.
      var totals = Totals()
      func counts(_ value: RawJSON) -> [Int64] {
        ["inputOther", "output", "inputCacheRead", "inputCacheCreation"].map {
          value["usage"]?[$0].count ?? 0
        }
      }
      let records = values.filter { $0["type"]?.string == "usage.record" }
      // A record names an alias, of which a request before it says which model that is.
      var models: [String: String] = [:]
      for value in values where value["type"]?.string == "llm.request" {
        models[value["modelAlias"]?.string ?? ""] = value["model"]?.string
      }
      func model(_ record: RawJSON?) -> String {
        let alias = record?["model"]?.string ?? "-"
        return models[alias] ?? alias
      }
      for record in records { totals.add(model(record), counts(record)) }
      var unmatched = records.map(counts)
      let model = model(records.first)
      for event in values.compactMap({ $0["event"] }) where event["type"]?.string == "step.end" {
        if let i = unmatched.firstIndex(of: counts(event)) {
          unmatched.remove(at: i)
        } else {
          totals.add(model, counts(event))
        }
      }
      return totals
    }
  }

  @Test("Qwen Code")
  func qwen() throws {
    // It was collected among the logs of Claude Code, whose frame it has.
    let paths = try TestFiles.corpusFiles("claude-code").filter { path in
      try RawJSON.values(TestFiles.bytes(path)).contains { $0["message"]?["parts"] != nil }
    }
    try compare(.qwen, paths) { values in
      var totals = Totals()
      for value in values {
        guard let usage = value["usageMetadata"], case .object = usage else { continue }
        let cached = usage["cachedContentTokenCount"].count
        let counts = [
          usage["promptTokenCount"].count - cached, usage["candidatesTokenCount"].count, cached, 0,
        ]
        totals.add(value["model"]?.string ?? "-", counts)
      }
      return totals
    }
  }

  @Test("Codex's app server")
  func codexAppServer() throws {
    let paths = try TestFiles.corpusFiles("termipod", containing: "codex_corpus")
    try compare(.codexAppServer, paths) { values in
      var totals = Totals()
      let usages = values.compactMap { $0["params"]?["tokenUsage"]?["total"] }
      guard let last = usages.last else { return totals }
      let cached = last["cachedInputTokens"].count
      let input = last["inputTokens"].count - cached
      totals.add("-", [input, last["outputTokens"].count, cached, 0])
      return totals
    }
  }

  @Test("Copilot")
  func copilot() throws {
    let paths =
      try TestFiles.corpusFiles("copilot")
      + TestFiles.corpusFiles("other-agents", containing: "copilot")
    try compare(.copilot, paths) { values in
      // The last shutdown of a session has all of it, but for compactions and what came before a
      // rewind; replies that none has counted stand for themselves.
      var totals = Totals()
      var replies: [(model: String, output: Int64)] = []
      var shutdown: [String: [Int64]] = [:]
      var model = "-"
      func counts(_ usage: RawJSON?) -> [Int64] {
        let read = usage?["cacheReadTokens"].count ?? 0
        let write = usage?["cacheWriteTokens"].count ?? 0
        let input = (usage?["inputTokens"].count ?? 0) - read - write
        return [input, usage?["outputTokens"].count ?? 0, read, write]
      }
      func finish() {
        for reply in replies where reply.output > 0 {
          totals.add(reply.model, [0, reply.output, 0, 0])
        }
        for (model, counts) in shutdown { totals.add(model, counts) }
        replies = []
        shutdown = [:]
      }
      for value in values {
        let data = value["data"]
        switch value["type"]?.string {
        case "session.start":
          finish()
          model = "-"
        case "session.model_change": model = data?["newModel"]?.string ?? model
        case "assistant.message":
          replies.append((data?["model"]?.string ?? model, data?["outputTokens"].count ?? 0))
        case "session.info" where data?["infoType"]?.string == "rewind": finish()
        case "session.compaction_complete":
          guard let used = data?["compactionTokensUsed"] else { continue }
          totals.add(used["model"]?.string ?? "-", counts(used))
        case "session.shutdown":
          guard case .object(let metrics)? = data?["modelMetrics"], !metrics.isEmpty else {
            continue
          }
          replies = []
          shutdown = metrics.mapValues { counts($0["usage"]) }
        default: break
        }
      }
      finish()
      return totals
    }
  }

  @Test("Antigravity")
  func antigravity() throws {
    let paths =
      try TestFiles.corpusFiles("other-agents", containing: "antigravity")
      + TestFiles.corpusFiles("termipod", containing: "antigravity")
    try compare(.antigravity, paths) { _ in Totals() }
  }

  @Test("Entire")
  func entire() throws {
    try compare(.entire, TestFiles.corpusFiles("entire-compact")) { values in
      var messages: [String: [Int64]] = [:]
      for line in values {
        guard let id = line["id"]?.string else { continue }
        messages[id] = [line["input_tokens"].count, line["output_tokens"].count, 0, 0]
      }
      var totals = Totals()
      for counts in messages.values { totals.add("-", counts) }
      return totals
    }
  }

  @Test("pi reports what its tokens cost by the list, to the last billionth of a dollar")
  func reportedCosts() throws {
    for path in try TestFiles.corpusFiles("pi") {
      let messages = RawJSON.values(try TestFiles.bytes(path)).compactMap { $0["message"] }
        .filter { $0["model"]?.string == "gpt-5.5" }
      guard !messages.isEmpty else { continue }
      var reported = 0.0
      var tokens = BilledTokens()
      for message in messages {
        guard let usage = message["usage"], case .number(let cost)? = usage["cost"]?["total"] else {
          continue
        }
        reported += cost
        tokens.all.input += usage["input"].count
        tokens.all.output += usage["output"].count
        tokens.all.cacheRead += usage["cacheRead"].count
        tokens.all.cacheWrite += usage["cacheWrite"].count
      }
      let cost = try PriceTable.builtIn().cost(of: tokens, model: "gpt-5.5", at: nil)
      #expect(reported > 0)
      #expect(cost?.nanoUSD == Int64((reported * 1_000_000_000).rounded()))
    }
  }
}
