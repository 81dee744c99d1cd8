import FoundationEssentials

/// Any JSON, decoded by Foundation.
enum AnyJSON: Decodable, Sendable {
  case null
  case bool(Bool)
  case number(Double)
  case string(String)
  case array([AnyJSON])
  case map([String: AnyJSON])

  init(from decoder: any Decoder) throws {
    let box = try decoder.singleValueContainer()
    if box.decodeNil() {
      self = .null
    } else if let value = try? box.decode(Bool.self) {
      self = .bool(value)
    } else if let value = try? box.decode(Double.self) {
      self = .number(value)
    } else if let value = try? box.decode(String.self) {
      self = .string(value)
    } else if let value = try? box.decode([AnyJSON].self) {
      self = .array(value)
    } else {
      self = .map(try box.decode([String: AnyJSON].self))
    }
  }

  subscript(_ key: String) -> AnyJSON {
    if case .map(let members) = self { return members[key] ?? .null }
    return .null
  }

  var string: String? { if case .string(let value) = self { value } else { nil } }
  var count: Int64 { if case .number(let value) = self { Int64(value) } else { 0 } }
  var bool: Bool? { if case .bool(let value) = self { value } else { nil } }
  var isMap: Bool { if case .map = self { true } else { false } }
  var isNumber: Bool { if case .number = self { true } else { false } }

  /// The values of a log's lines, which are several where a line end was lost.
  static func values(_ bytes: [UInt8]) -> [AnyJSON] {
    bytes.split(separator: 0x0A).flatMap { values($0) }
  }

  private static func values(_ line: ArraySlice<UInt8>) -> [AnyJSON] {
    if let one = try? JSONDecoder().decode(AnyJSON.self, from: Data(line)) { return [one] }
    for i in line.indices.dropFirst() where line[i] == 0x7B && line[i - 1] == 0x7D {
      if let front = try? JSONDecoder().decode(AnyJSON.self, from: Data(line[..<i])) {
        return [front] + values(line[i...])
      }
    }
    return []
  }
}

/// Tokens, calls and turns straight from the lines of a rollout.
struct RawCodex {
  private(set) var totals = Totals()
  private(set) var calls: Set<String> = []
  private(set) var failures: Set<String> = []
  private(set) var turns = 0
  /// Searches that are told of by an item alone, which has no id.
  private(set) var unnamed = 0

  init(_ bytes: [UInt8]) {
    let lines = AnyJSON.values(bytes)
    let own = lines.dropFirst(Self.copied(lines))
    count(lines, from: own.startIndex)
    var fates: [String: Bool] = [:]
    var told: [String: Bool] = [:]
    let hasTasks = own.contains { $0["payload"]["type"].string == "task_started" }
    let hasPrompts = own.contains { $0["payload"]["type"].string == "user_message" }
    for line in own {
      let payload = line["payload"]
      let call = payload["call_id"].string
      switch payload["type"].string {
      case "function_call", "custom_tool_call":
        if let call { calls.insert(call) }
      case "web_search_end":
        if let call { calls.insert(call) }
        unnamed -= 1
      case "web_search_call":
        unnamed += 1
      case "exec_command_end":
        if let call { fates[call] = payload["exit_code"].count != 0 }
      case "patch_apply_end":
        if let call { fates[call] = payload["success"].bool == false }
      case "function_call_output", "custom_tool_call_output":
        if let call { told[call] = Self.hasFailed(payload["output"].string ?? "") }
      case "task_started":
        turns += 1
      case "user_message":
        if !hasTasks && (payload["kind"].string ?? "plain") == "plain" { turns += 1 }
      default:
        break
      }
      let isPrompt = payload["role"].string == "user" && !hasPrompts
      if case .array(let blocks) = payload["content"], isPrompt, let block = blocks.first,
        block["text"].string?.hasPrefix("<") == false
      {
        turns += 1
      }
    }
    failures = Set(told.merging(fates) { $1 }.filter(\.value).keys)
  }

  /// How many lines at the head are another thread's: those before the first turn that is not
  /// older than the thread.
  private static func copied(_ lines: [AnyJSON]) -> Int {
    let headers = lines.prefix(2).filter { $0["type"].string == "session_meta" }
    guard headers.count == 2, let id = headers[0]["payload"]["id"].string,
      headers[1]["payload"]["id"].string != id
    else { return 0 }
    return lines.firstIndex { line in
      guard line["payload"]["type"].string == "task_started" else { return false }
      return (line["payload"]["turn_id"].string ?? "").prefix(13) >= id.prefix(13)
    } ?? lines.count
  }

  private mutating func count(_ lines: [AnyJSON], from start: Int) {
    let keys = [
      "input_tokens", "cached_input_tokens", "cache_write_input_tokens", "output_tokens",
      "reasoning_output_tokens", "total_tokens",
    ]
    var before = keys.map { _ in Int64(0) }
    var model = "-"
    for (i, line) in lines.enumerated() {
      let payload = line["payload"]
      if line["type"].string == "turn_context" { model = payload["model"].string ?? model }
      let total = payload["info"]["total_token_usage"]
      guard payload["type"].string == "token_count", total.isMap else { continue }
      let now = keys.map { total[$0].count }
      var grown = zip(now, before).map { $0 - $1 }
      if grown.contains(where: { $0 < 0 }) {
        grown = keys.map { payload["info"]["last_token_usage"][$0].count }
      }
      before = now
      guard i >= start, grown.dropLast().contains(where: { $0 != 0 }) else { continue }
      totals.add(model, [grown[0] - grown[1] - grown[2], grown[3], grown[1], grown[2]])
    }
  }

  private static func hasFailed(_ output: String) -> Bool {
    if output.contains("rejected by user") || output.hasPrefix("aborted") { return false }
    if output.hasPrefix("{"),
      let value = try? JSONDecoder().decode(AnyJSON.self, from: Data(output.utf8))
    {
      return value["metadata"]["exit_code"].count != 0
    }
    for mark in ["Process exited with code ", "Exit code: "] {
      guard let at = output.prefix(200).firstRange(of: mark) else { continue }
      return output[at.upperBound] != "0"
    }
    return ["exec_command failed", "write_stdin failed", "apply_patch verification failed"]
      .contains { output.hasPrefix($0) }
  }
}

/// Tokens and the end straight from the lines that `codex exec` printed.
struct RawCodexExec {
  private(set) var totals = Totals()
  private(set) var hasEnded = false

  init(_ bytes: [UInt8]) {
    var gauge: AnyJSON?
    for line in AnyJSON.values(bytes) {
      let type = line["type"].string ?? ""
      if type.hasSuffix("okenUsage/updated") || type == "thread.tokenUsage.updated" {
        if line["usage"].isMap { gauge = line["usage"] }
      }
      guard type == "turn.completed" || type == "turn.failed" else { continue }
      hasEnded = true
      // None of these logs has more than one turn with usage.
      let usage = line["usage"].isMap ? line["usage"] : gauge ?? .null
      let cached = usage["cached_input_tokens"].count
      let counts = [usage["input_tokens"].count - cached, usage["output_tokens"].count, cached, 0]
      if counts.contains(where: { $0 != 0 }) { totals.add("-", counts) }
    }
  }
}
