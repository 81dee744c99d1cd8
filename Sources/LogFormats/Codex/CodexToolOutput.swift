internal import Events

/// How a call of Codex came back, by the output that the model got.
///
/// Where the output gives an exit code, that decides. Only where it gives none do its words.
struct CodexToolOutput {
  enum Fate { case ok, failed, denied, cancelled, running }

  var fate: Fate
  var exitCode: Int64?
  /// How long the call took by itself.
  var durationMs: Int64?
  /// What names the processes that go on behind the call.
  var processes: [String] = []

  init(_ output: JSONValue?) {
    self.init(text: Self.head(of: output))
    guard fate == .ok, exitCode == nil, let output else { return }
    // A script tells in later blocks what its own calls have come to.
    let blocks = output.isArray ? output : output["content"]
    var isFirst = true
    blocks?.forEachElement { block in
      if !isFirst, let text = block["text"]?.string { take(block: text) }
      isFirst = false
    }
    if let exitCode, exitCode != 0 {
      fate = .failed
    } else if !processes.isEmpty {
      fate = .running
    }
  }

  /// The text that tells what became of a call: all of an output, or the first of its blocks.
  private static func head(of output: JSONValue?) -> String {
    guard let output else { return "" }
    if let text = output.string { return text }
    if output["success"]?.bool == false { return "failed" }
    var first = output["content"]?.string
    let blocks = output.isArray ? output : output["content"]
    blocks?.forEachElement { block in
      if first == nil { first = block["text"]?.string }
    }
    return first ?? ""
  }

  init(text: String) {
    if text.hasPrefix("{") {
      (exitCode, durationMs) = Self.metadata(text)
    } else {
      // The head of an output is the program's own; behind it speaks the command.
      for line in text[..<Self.end(ofHead: text)].split(separator: "\n").prefix(10) {
        for mark in ["Process exited with code ", "Exit code: "] where line.hasPrefix(mark) {
          let digits = line.dropFirst(mark.count).prefix { $0 == "-" || $0.isNumber }
          exitCode = exitCode ?? Int64(digits)
        }
        for mark in ["Wall time: ", "Wall time "] where line.hasPrefix(mark) {
          durationMs = durationMs ?? Self.milliseconds(line.dropFirst(mark.count))
        }
      }
    }
    if let exitCode {
      fate = exitCode == 0 ? .ok : .failed
    } else {
      fate = Self.fate(of: text)
    }
    if fate == .running, let process = Self.process(in: text) { processes = [process] }
  }

  // MARK: Figures

  /// What versions of 2025 tell in an object.
  private static func metadata(_ text: String) -> (Int64?, Int64?) {
    var text = text
    return text.withUTF8 { bytes in
      guard let value = try? JSONValue.parse(UnsafeRawBufferPointer(bytes)) else {
        return (nil, nil)
      }
      let code = value["metadata"]?["exit_code"]?.int ?? value["exit_code"]?.int
      let seconds = value["metadata"]?["duration_seconds"]
      return (code, seconds?.rounded(timesTenTo: 3))
    }
  }

  /// Takes what a script has printed of its calls: an object as the tool gives it, or a list of
  /// those, of which the first that failed counts.
  private mutating func take(block text: String) {
    let start = text.first { !$0.isWhitespace }
    guard start == "{" || start == "[" else { return }
    var text = text
    text.withUTF8 { bytes in
      guard let value = try? JSONValue.parse(UnsafeRawBufferPointer(bytes)) else { return }
      if value.isArray { value.forEachElement { take(result: $0) } } else { take(result: value) }
    }
  }

  private static let resultKeys: Set<String> = [
    "exit_code", "output", "chunk_id", "wall_time_seconds", "original_token_count", "session_id",
    "stdout", "stderr", "status",
  ]

  private mutating func take(result value: JSONValue) {
    var isResult = value.isObject
    value.forEachMember { name, _ in
      if !Self.resultKeys.contains(String(decoding: name, as: UTF8.self)) { isResult = false }
    }
    guard isResult else { return }
    if let code = value["exit_code"]?.int {
      if exitCode ?? 0 == 0 { exitCode = code }
    } else if let session = value["session_id"]?.int {
      processes.append("session/\(session)")
    }
  }

  private static func milliseconds(_ text: Substring) -> Int64? {
    let number = text.prefix { $0.isNumber || $0 == "." }
    guard let seconds = Double(number), seconds >= 0, seconds < 1e9 else { return nil }
    return Int64((seconds * 1000).rounded())
  }

  // MARK: Words

  private static func fate(of text: String) -> Fate {
    let head = String(text.prefix(400))
    let first = head.prefix { $0 != "\n" }
    if head.contains(processMark) || first.hasPrefix("Script running") { return .running }
    if first.hasPrefix("exec command rejected by user") || first.hasPrefix("patch rejected by user")
      || first.hasPrefix("user rejected MCP tool call") || first.hasPrefix("rejected by user")
      || (first.hasPrefix("exec_command failed") && first.contains("rejected by user"))
    {
      return .denied
    }
    if first.hasPrefix("aborted") || first.hasPrefix("user cancelled MCP tool call")
      || (first.hasPrefix("Wall time") && head.contains("\naborted by user"))
    {
      return .cancelled
    }
    return failures.contains { first.hasPrefix($0) } ? .failed : .ok
  }

  private static let failures = [
    "failed", "exec_command failed", "write_stdin failed", "apply_patch verification failed",
    "unsupported call",
    "unsupported custom tool call", "unsupported tool", "execution error",
    "command timed out", "tool call error", "Script failed", "Script terminated", "Fatal error",
    "err: ", "sandbox error",
  ]

  // MARK: Processes

  private static let processMark = "Process running with session ID"

  private static func process(in text: String) -> String? {
    let head = text.prefix(400)
    for (mark, kind) in [(processMark, "session/"), ("running with cell ID", "cell/")] {
      guard let found = head.firstRange(of: mark) else { continue }
      let name = head[found.upperBound...].drop { $0 == " " || $0 == ":" }
        .prefix { $0.isLetter || $0.isNumber || $0 == "-" || $0 == "_" }
      if !name.isEmpty { return kind + name }
    }
    return nil
  }

  /// What names the process that a call with this input only looks at, or writes to.
  static func polled(by tool: String, _ input: JSONValue) -> String? {
    let key: StaticString
    let kind: String
    switch tool {
    case "write_stdin": (key, kind) = ("session_id", "session/")
    case "wait": (key, kind) = ("cell_id", "cell/")
    default: return nil
    }
    guard let value = input[key] else { return nil }
    return (value.text ?? value.int.map(String.init)).map { kind + $0 }
  }

  /// Where the words of the command begin.
  private static func end(ofHead text: String) -> String.Index {
    let mark = Array("\nOutput:".utf8)
    var i = text.utf8.startIndex
    var left = 2000
    while i != text.utf8.endIndex, left > 0 {
      if text.utf8[i...].starts(with: mark) { return i }
      i = text.utf8.index(after: i)
      left -= 1
    }
    return text.endIndex
  }
}
