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
  /// Whether a line of a rollout begins a thread.
  var isHeader: Bool { self["type"].string == "session_meta" }

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

/// Tokens, calls and turns straight from the lines of one thread of a rollout.
struct RawCodex {
  /// The thread that its header names, or `nil` where there is none.
  let thread: String?
  private(set) var totals = Totals()
  private(set) var calls: Set<String> = []
  private(set) var failures: Set<String> = []
  private(set) var turns = 0
  /// Searches that only an item reports, which has no id.
  private(set) var unnamed = 0

  /// The threads of a file: another header than that at the head, and than that of what is copied
  /// there, begins another one.
  static func threads(_ bytes: [UInt8]) -> [RawCodex] {
    var parts: [[AnyJSON]] = [[]]
    for line in AnyJSON.values(bytes) {
      let id = line["payload"]["id"].string
      let part = parts[parts.count - 1]
      if line["type"].string == "session_meta", part.contains(where: { !$0.isHeader }),
        id != part.first?["payload"]["id"].string
      {
        parts.append([])
      }
      parts[parts.count - 1].append(line)
    }
    return parts.map { RawCodex($0) }
  }

  private init(_ lines: [AnyJSON]) {
    // Versions of 2025 have no envelopes.
    let lines = lines.map { $0["payload"].isMap ? $0 : .map(["payload": $0, "type": $0["type"]]) }
    thread = lines.first?["payload"]["id"].string
    let own = lines.dropFirst(Self.copied(lines))
    count(lines, from: own.startIndex)
    var fates: [String: Bool] = [:]
    var told: [String: Bool] = [:]
    var owners: [String: String] = [:]
    var polled: [String: String] = [:]
    let hasTasks = own.contains { $0["payload"]["type"].string == "task_started" }
    let hasPrompts = own.contains { $0["payload"]["type"].string == "user_message" }
    for line in own {
      let payload = line["payload"]
      let call = payload["call_id"].string
      switch payload["type"].string {
      case "function_call", "custom_tool_call":
        if let call { calls.insert(call) }
        if let call, payload["name"].string == "write_stdin" {
          let input = payload["arguments"].string ?? ""
          polled[call] = Self.number(after: "\"session_id\":", in: input)
        }
      case "web_search_end":
        if let call { calls.insert(call) }
        unnamed -= 1
      case "web_search_call":
        unnamed += 1
      case "exec_command_end":
        if let call, fates[call] == nil { fates[call] = payload["exit_code"].count != 0 }
      case "patch_apply_end":
        if let call { fates[call] = payload["success"].bool == false }
      case "function_call_output", "custom_tool_call_output":
        guard let call, told[call] == nil else { continue }
        let output = payload["output"].string ?? ""
        if case .array(let blocks) = payload["output"] {
          told[call] = blocks.contains { Self.tellsExit($0["text"].string ?? "") }
          for block in blocks.dropFirst() {
            let text = block["text"].string ?? ""
            guard text.hasPrefix("{"), !text.contains("\"exit_code\"") else { continue }
            if let session = Self.number(after: "\"session_id\":", in: text) {
              owners[session] = call
            }
          }
          continue
        }
        let session = Self.number(after: "Process running with session ID ", in: output)
        if let session, polled[call] == nil { owners[session] = call }
        if let session = polled[call], let owner = owners[session] {
          // The exit that a poll reports is the exit of the process.
          told[call] = output.hasPrefix("write_stdin failed")
          if output.prefix(200).contains("Process exited"), fates[owner] == nil {
            fates[owner] = Self.hasFailed(output)
          }
        } else {
          told[call] = Self.hasFailed(output)
        }
      case "task_started":
        turns += 1
      case "user_message":
        if !hasTasks && (payload["kind"].string ?? "plain") == "plain" { turns += 1 }
      default:
        break
      }
      let isPrompt = payload["role"].string == "user" && !hasPrompts && !hasTasks
      if case .array(let blocks) = payload["content"], isPrompt, let block = blocks.first,
        block["text"].string?.hasPrefix("<") == false
      {
        turns += 1
      }
    }
    failures = Set(told.merging(fates) { $1 }.filter(\.value).keys)
  }

  /// Whether a script has printed that one of its commands failed.
  private static func tellsExit(_ text: String) -> Bool {
    if text.hasPrefix("Script failed") { return true }
    guard text.hasPrefix("{"),
      let value = try? JSONDecoder().decode(AnyJSON.self, from: Data(text.utf8))
    else { return false }
    return value["output"].string != nil && value["exit_code"].count != 0
  }

  private static func number(after mark: String, in text: String) -> String? {
    guard let at = text.prefix(400).firstRange(of: mark) else { return nil }
    let digits = text[at.upperBound...].drop { $0 == " " }.prefix { $0.isNumber }
    return digits.isEmpty ? nil : String(digits)
  }

  /// How many lines at the head are another thread's: those before the first turn that is not
  /// older than the thread.
  private static func copied(_ lines: [AnyJSON]) -> Int {
    let headers = lines.prefix(2).filter(\.isHeader)
    guard headers.count == 2, let id = headers[0]["payload"]["id"].string,
      headers[1]["payload"]["id"].string != id
    else { return 0 }
    return lines.firstIndex { line in
      guard line["payload"]["type"].string == "task_started" else { return false }
      return (line["payload"]["turn_id"].string ?? "").prefix(13) >= id.prefix(13)
    } ?? lines.count
  }

  /// Adds up what is new of the totals: a row that was met says nothing; one that lies its last
  /// request above one that was met, or above nothing, is that request.
  private mutating func count(_ lines: [AnyJSON], from start: Int) {
    let keys = [
      "input_tokens", "cached_input_tokens", "cache_write_input_tokens", "output_tokens",
      "reasoning_output_tokens",
    ]
    var met: Set<[Int64]> = []
    var rows: Set<[[Int64]]> = []
    var before: [Int64]?
    var model = "-"
    for (i, line) in lines.enumerated() {
      let payload = line["payload"]
      if line["type"].string == "turn_context" { model = payload["model"].string ?? model }
      let total = payload["info"]["total_token_usage"]
      guard payload["type"].string == "token_count", total.isMap else { continue }
      let now = keys.map { total[$0].count }
      let last = keys.map { payload["info"]["last_token_usage"][$0].count }
      let base = zip(now, last).map { $0 - $1 }
      let isNew =
        rows.insert([now, last]).inserted && (base.allSatisfy { $0 == 0 } || !met.contains(now))
      defer { met.insert(now) }
      guard isNew else { continue }
      var grown = last
      if let before, base.contains(where: { $0 != 0 }), !met.contains(base) {
        grown = zip(now, before).map { $0 - $1 }
        if grown.contains(where: { $0 < 0 }) { continue }
      }
      before = now
      guard i >= start, grown.contains(where: { $0 != 0 }) else { continue }
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
