import Events
import LogFormats

/// Makes logs of Claude Code for tests, a line a second unless a time is given.
struct ClaudeScript {
  var session = "s"
  /// What the ids of the lines begin with.
  var prefix = "l"
  var more = #","entrypoint":"sdk-cli","version":"2.1.250""#
  private(set) var lines: [String] = []
  private var last: String?
  private var seconds = -1.0

  init(_ session: String = "s", prefix: String = "l") {
    self.session = session
    self.prefix = prefix
  }

  /// Adds a line; returns its id.
  @discardableResult
  mutating func add(_ type: String, _ members: String, at time: Double? = nil) -> String {
    seconds = time ?? seconds + 1
    let id = "\(prefix)\(lines.count)"
    let parent = last.map { "\"\($0)\"" } ?? "null"
    lines.append(
      #"{"type":"\#(type)","uuid":"\#(id)","parentUuid":\#(parent),"sessionId":"\#(session)","#
        + #""timestamp":"\#(Self.time(seconds))"\#(more),\#(members)}"#
    )
    last = id
    return id
  }

  static func time(_ seconds: Double) -> String {
    "\(Timestamp(microseconds: 1_780_000_000_000_000 + Int64(seconds * 1_000_000)))"
  }

  @discardableResult
  mutating func user(_ content: String, _ more: String = "", at time: Double? = nil) -> String {
    add("user", "\"message\":{\"role\":\"user\",\"content\":\(content)}\(more)", at: time)
  }

  /// A prompt.
  mutating func ask(_ text: String = "go", at time: Double? = nil) {
    user("\"\(text)\"", at: time)
  }

  mutating func result(
    _ call: String,
    _ content: String = "ok",
    _ more: String = "",
    isError: Bool = false,
    at time: Double? = nil
  ) {
    let block =
      #"[{"type":"tool_result","tool_use_id":"\#(call)","content":"\#(content)","is_error":\#(isError)}]"#
    user(block, more, at: time)
  }

  mutating func assistant(
    _ id: String?,
    _ block: String = #"{"type":"text","text":"x"}"#,
    stop: String? = nil,
    usage: String = #""input_tokens":10,"output_tokens":1"#,
    _ more: String = "",
    at time: Double? = nil
  ) {
    let reason = stop.map { "\"\($0)\"" } ?? "null"
    let named = id.map { "\"id\":\"\($0)\"," } ?? ""
    add(
      "assistant",
      #""message":{\#(named)"model":"m","role":"assistant","content":[\#(block)],"stop_reason":\#(reason),"usage":{\#(usage)}}\#(more)"#,
      at: time
    )
  }

  mutating func call(
    _ id: String,
    _ name: String = "Bash",
    input: String = "{}",
    of message: String,
    at time: Double? = nil
  ) {
    assistant(
      message,
      #"{"type":"tool_use","id":"\#(id)","name":"\#(name)","input":\#(input)}"#,
      stop: "tool_use",
      at: time
    )
  }

  mutating func done(_ message: String, at time: Double? = nil) {
    assistant(message, stop: "end_turn", at: time)
  }

  /// Adds a line as it is.
  mutating func raw(_ line: String) { lines.append(line) }

  /// The lines as a branch of another session repeats them.
  func branched(into session: String) -> [String] {
    lines.enumerated().map { number, line in
      let copy = line.replacing(
        "\"sessionId\":\"\(self.session)\"",
        with: "\"sessionId\":\"\(session)\""
      )
      return String(copy.dropLast())
        + #","forkedFrom":{"sessionId":"\#(self.session)","messageUuid":"\#(prefix)\#(number)"}}"#
    }
  }

  /// The lines as a fork repeats them.
  func forked(into session: String) -> [String] {
    lines.map {
      $0.replacing("\"sessionId\":\"\(self.session)\"", with: "\"sessionId\":\"\(session)\"")
    }
  }

  func imported(
    rests: TestImport.Rests = .atEnd,
    seals: Bool = false
  ) throws -> TestImport {
    var store = TestImport()
    try store.read(Array(lines.joined(separator: "\n").utf8), rests: rests, seals: seals)
    return store
  }

  /// What becomes of it, without the facts of the run and what has no kind of its own.
  func story(_ keys: [StaticString], seals: Bool = false) throws -> [String] {
    try imported(seals: seals).story(of: "claude-code:" + session, showing: keys)
      .filter { !$0.hasPrefix("run.started") && !$0.hasPrefix("claude-code.") }
  }
}

extension TestImport {
  /// The time of an event of a run, in seconds since the first line of a script.
  func seconds(_ run: String, _ kind: EventKind) -> [Double] {
    events(of: run, kind).map { event in
      Double((event.ts?.microseconds ?? 0) - 1_780_000_000_000_000) / 1_000_000
    }
  }

  /// How many events of a kind all runs have.
  func all(_ kind: EventKind) -> Int { entries.filter { $0.event.kind == kind }.count }
}
