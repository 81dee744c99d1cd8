import Events
import TestSupport

@testable import Folding

/// A log of one run that was made from a seed: every kind, and every corner that a kind has.
///
/// It is valid as a log, and hardly ever sensible as a run: the fold has to hold in any state.
struct RandomLog {
  private(set) var numbers: SeededNumbers
  private(set) var log = MemoryLog()
  /// How wide the names are spread: a wide log breaks the bounds of a digest's maps.
  let isWide: Bool

  private var now: Int64 = 1_780_272_000_000_000
  private var session: String?
  private var ids: [String] = []
  private var isEnded = false
  private var lastInput = ""
  private var made = 0

  static let run = "random"

  /// Makes the log of a seed; most logs are small, few have as many events as `eventsMax`.
  init(seed: UInt64, eventsMax: Int = 500) {
    numbers = SeededNumbers(seed: seed)
    isWide = numbers.chance(3)
    let size =
      switch numbers.below(100) {
      case ..<10: 1 + numbers.below(8)
      case ..<75: 10 + numbers.below(50)
      case ..<95: 50 + numbers.below(100)
      default: isWide ? eventsMax : 150 + numbers.below(eventsMax - 149)
      }
    for _ in 0..<min(size, eventsMax) { append() }
  }

  var entries: [MemoryLog.Entry] { log.runs[Self.run] ?? [] }

  private mutating func append() {
    if numbers.chance(5) { session = numbers.chance(30) ? nil : "s\(numbers.below(3))" }
    let kind = nextKind()
    var event = Event(
      EventKind(rawValue: kind),
      payload: payload(kind),
      ts: Timestamp(microseconds: nextTime())
    )
    event.session = session
    if kind == "usage" ? numbers.chance(70) : numbers.chance(3) { event.id = "u\(made)" }
    if numbers.chance(4) { event.traceparent = traceparent() }
    log.append(event, to: Self.run)
    made += 1
  }

  private mutating func nextTime() -> Int64 {
    switch numbers.below(20) {
    case ..<3: break
    case 3: now -= Int64(numbers.below(5_000_000_000))
    case 4: now += Int64(numbers.below(3)) * 900_000_000
    case ..<12: now += Int64(numbers.below(3_000))
    default: now += Int64(numbers.below(20_000_000))
    }
    return now
  }

  private mutating func nextKind() -> String {
    if made == 0, numbers.chance(70) { return "run.started" }
    if isEnded, numbers.chance(8) {
      isEnded = false
      return "run.resumed"
    }
    if numbers.chance(2) {
      isEnded = true
      return "run.ended"
    }
    if numbers.chance(35) {
      return numbers.pick(["tool_call", "tool_call", "tool_result", "tool_call_update"])
    }
    if numbers.chance(3) { return isWide ? "kind.\(numbers.below(90))" : "odd.kind" }
    return KnownKind.allCases[numbers.below(KnownKind.allCases.count)].rawValue
  }

  // MARK: Payloads

  private mutating func payload(_ kind: String) -> Payload {
    if numbers.chance(1) {
      return Payload(unchecked: Array(numbers.pick(["[]", "7", "null", #""text""#, "{"]).utf8))
    }
    if numbers.chance(1) {
      let depth = 127 + numbers.below(3)
      let nested = String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
      return Payload(unchecked: Array(#"{"id":"c1","deep":\#(nested)}"#.utf8))
    }
    var members = members(KnownKind(rawValue: kind))
    if numbers.chance(3), let member = members.first { members.append(member) }
    if numbers.chance(3) { members.append(#""id":null"#) }
    return Payload(unchecked: Array(("{" + members.joined(separator: ",") + "}").utf8))
  }

  private mutating func members(_ kind: KnownKind?) -> [String] {
    var members: [String] = []
    switch kind {
    case .runStarted:
      for key in ["agent", "model", "project", "host", "title", "parent_run"] {
        add(key, quoted(name(key)), to: &members, percent: 40)
      }
      for key in ["forked_from", "repository", "branch", "commit", "agent_type", "team"] {
        add(key, quoted(name(key)), to: &members, percent: 10)
      }
    case .runEnded:
      add("cause", word("stop crash fail terminate odd"), to: &members, percent: 90)
      add("verdict", word("done in_review blocked cancelled odd"), to: &members, percent: 25)
      add("exit_code", numbers.pick(["0", "-9", "137", "1.5"]), to: &members, percent: 40)
      add("by", quoted("someone"), to: &members, percent: 30)
    case .verdict:
      add("state", word("done in_review blocked cancelled odd"), to: &members, percent: 90)
    case .turnStart:
      add("turn_id", quoted("t\(numbers.below(9))"), to: &members, percent: 80)
    case .turnResult: addResult(to: &members)
    case .text, .thought, .input: add("subagent", "true", to: &members, percent: 15)
    case .toolCall: addCall(to: &members)
    case .toolCallUpdate, .toolResult: addResolution(kind, to: &members)
    case .permissionRequest, .permissionDecision:
      add("id", quoted(id(new: 30)), to: &members, percent: 95)
      add("name", quoted(name("bash")), to: &members, percent: 60)
      add("decision", word("allow deny deny later"), to: &members, percent: 95)
    case .usage: addUsage(to: &members)
    case .error: add("type", quoted(name("timeout")), to: &members, percent: 80)
    case .checkpoint:
      add("flow", quoted(name("boot")), to: &members, percent: 70)
      add("phase", quoted(name("spawn")), to: &members, percent: 95)
      add("step_ms", count(), to: &members, percent: 95)
    case .span:
      add("stage", quoted(name("fold")), to: &members, percent: 95)
      add("duration_ms", count(), to: &members, percent: 85)
      add("queue_ms", count(), to: &members, percent: 40)
    case .agentCost: add("usd", money(), to: &members, percent: 90)
    case .runTag:
      add("name", quoted("t\(numbers.below(40))"), to: &members, percent: 95)
      add("remove", "true", to: &members, percent: 20)
    case .runScore:
      add("name", quoted("s\(numbers.below(20))"), to: &members, percent: 95)
      add("value", money(), to: &members, percent: 90)
    default: break
    }
    return members
  }

  private mutating func addResult(to members: inout [String]) {
    add("turn_id", quoted("t\(numbers.below(9))"), to: &members, percent: 60)
    add("status", word("success completed cancelled interrupted error abandoned"), to: &members)
    add("stop_reason", word("end_turn max_tokens stop"), to: &members, percent: 40)
    add("terminal_reason", word("completed max_turns"), to: &members, percent: 20)
    add("cost_usd", money(), to: &members, percent: 40)
    add("subagent", "true", to: &members, percent: 8)
    add("duration_ms", "\(numbers.below(20_000))", to: &members, percent: 40)
    guard numbers.chance(50) else { return }
    var models: [String] = []
    for _ in 0..<numbers.below(4) {
      var entry: [String] = []
      for key in ["input", "output", "cache_read", "cache_create"] {
        add(key, count(), to: &entry)
      }
      add("cost_usd", money(), to: &entry, percent: 40)
      let value = numbers.chance(5) ? "7" : "{" + entry.joined(separator: ",") + "}"
      let tier = numbers.chance(10) ? "@fast" : ""
      let model = numbers.chance(3) ? "" : name("model") + tier
      models.append(quoted(model) + ":" + value)
    }
    members.append(#""by_model":{"# + models.joined(separator: ",") + "}")
  }

  private mutating func addCall(to members: inout [String]) {
    let key = numbers.chance(90) ? "id" : "toolCallId"
    add(key, quoted(id(new: 85)), to: &members, percent: 94)
    add("name", quoted(name("bash")), to: &members, percent: 95)
    if !numbers.chance(75) { lastInput = #"{"n":\#(numbers.below(3))}"# }
    if !lastInput.isEmpty { add("input", lastInput, to: &members, percent: 95) }
    add("subagent", "true", to: &members, percent: 6)
  }

  private mutating func addResolution(_ kind: KnownKind?, to members: inout [String]) {
    let key = numbers.chance(85) && kind == .toolResult ? "tool_use_id" : "toolCallId"
    add(numbers.chance(5) ? "id" : key, quoted(id(new: 5)), to: &members, percent: 96)
    if kind == .toolResult {
      add("is_error", "true", to: &members, percent: 25)
      add("denied", "true", to: &members, percent: 10)
      add("cancelled", "true", to: &members, percent: 10)
    } else {
      add("status", word("in_progress completed failed error cancelled odd"), to: &members)
    }
    add("title", quoted(name("bash")), to: &members, percent: 20)
    add("duration_ms", count(), to: &members, percent: 25)
    add("running", "true", to: &members, percent: 20)
  }

  private mutating func addUsage(to members: inout [String]) {
    add("model", quoted(name("model")), to: &members, percent: 75)
    for key in [
      "input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens",
      "cache_write_1h_tokens", "reasoning_tokens",
    ] {
      add(key, count(), to: &members, percent: 60)
    }
    if numbers.chance(20) {
      let limit = numbers.pick(["10000", "20000", "27200"])
      members.append(#""input_tokens":\#(limit)\#(numbers.below(2))"#)
    }
    if numbers.chance(35) {
      // Mostly an earlier usage, now and then one to come, and one that is not there.
      let other = max(0, made + 3 - numbers.below(numbers.chance(50) ? 8 : 40))
      add("replaces", quoted("u\(other)"), to: &members, percent: 98)
    }
    add("tier", word("fast priority flex batch slow"), to: &members, percent: 15)
    add("web_searches", count(), to: &members, percent: 10)
    add("cost_usd", money(), to: &members, percent: 30)
    add("context_window", "200000", to: &members, percent: 20)
    for key in ["partial", "copied", "subagent", "unknown"] {
      add(key, "true", to: &members, percent: 12)
    }
  }

  // MARK: Values

  private mutating func add(
    _ key: String,
    _ value: String,
    to members: inout [String],
    percent: Int = 80
  ) {
    guard numbers.chance(percent) else { return }
    let odd = numbers.chance(2) ? numbers.pick(["null", "[]", "{}", #""""#, "true", "-1"]) : value
    members.append("\"\(key)\":\(odd)")
  }

  private func quoted(_ text: String) -> String { "\"\(text)\"" }

  private mutating func word(_ words: String) -> String {
    quoted(numbers.pick(words.split(separator: " ").map(String.init)))
  }

  /// A name of a kind: three of them, or many in a wide log; now and then one that must be cut.
  private mutating func name(_ base: String) -> String {
    if numbers.chance(1) { return "mcp__hub__permission_prompt" }
    if numbers.chance(1) { return String(repeating: "n", count: 199) + numbers.pick(["é", "x"]) }
    return base + "\(numbers.below(isWide ? 400 : 3))"
  }

  private mutating func id(new percent: Int) -> String {
    if ids.isEmpty || numbers.chance(percent) { ids.append("c\(numbers.below(10_000))") }
    return ids[ids.count - 1 - numbers.below(min(6, ids.count))]
  }

  private mutating func count() -> String {
    switch numbers.below(20) {
    case 0:
      numbers.pick([
        "-1", "1e3", "0.9", "9007199254740992", "9007199254740993", "1e400", "100000000000",
        "1000000000000", "1000000000000.5",
      ])
    case 1: "0"
    case ..<6: "\(numbers.below(200_000))"
    default: "\(numbers.below(2_000))"
    }
  }

  private mutating func money() -> String {
    switch numbers.below(12) {
    case 0: numbers.pick(["0", "-0.25", "0.0000000005", "1e400", "9223372036.854775807"])
    default: "0.\(numbers.below(10))\(numbers.below(10))\(numbers.below(10))"
    }
  }

  private mutating func traceparent() -> String {
    guard !numbers.chance(20) else { return numbers.pick(["garbage", "00-0-0-00"]) }
    let id = String(numbers.below(24) + 1, radix: 16)
    return "00-" + String(repeating: "0", count: 32 - id.count) + id + "-00f067aa0ba902b7-01"
  }
}
