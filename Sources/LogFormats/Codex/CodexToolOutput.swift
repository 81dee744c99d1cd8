internal import Events

/// How a call of Codex came back, by what the model was told of it.
///
/// Where the output gives an exit code, that decides. Only where it gives none do its words.
struct CodexToolOutput {
  enum Fate { case ok, failed, denied, cancelled, running }

  let fate: Fate
  let exitCode: Int64?

  init(_ output: JSONValue?) {
    self.init(text: Self.head(of: output))
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
    exitCode = Self.exitCode(text)
    if let exitCode {
      fate = exitCode == 0 ? .ok : .failed
    } else {
      fate = Self.fate(of: text)
    }
  }

  /// The exit code in an output of any version.
  private static func exitCode(_ text: String) -> Int64? {
    if text.hasPrefix("{") {
      var text = text
      return text.withUTF8 { bytes in
        guard let value = try? JSONValue.parse(UnsafeRawBufferPointer(bytes)) else { return nil }
        return value["metadata"]?["exit_code"]?.int ?? value["exit_code"]?.int
      }
    }
    // The head of an output is the program's own; behind it speaks the command.
    let end = text.range(of: "\nOutput:") ?? text.endIndex
    for line in text[..<end].split(separator: "\n").prefix(8) {
      for mark in ["Process exited with code ", "Exit code: "] where line.hasPrefix(mark) {
        return Int64(line.dropFirst(mark.count).prefix { $0 == "-" || $0.isNumber })
      }
    }
    return nil
  }

  private static func fate(of text: String) -> Fate {
    let head = String(text.prefix(400))
    let first = head.prefix { $0 != "\n" }
    if head.contains("Process running with session ID") || first.hasPrefix("Script running") {
      return .running
    }
    if first.hasPrefix("exec command rejected by user") || first.hasPrefix("patch rejected by user")
      || first.hasPrefix("user rejected MCP tool call") || first.hasPrefix("rejected by user")
      || (first.hasPrefix("exec_command failed") && first.contains("rejected by user"))
    {
      return .denied
    }
    if first.hasPrefix("aborted") || first.hasPrefix("user cancelled MCP tool call")
      || (first.hasPrefix("Wall time:") && head.contains("\naborted by user"))
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
}

extension String {
  /// Where a part begins.
  fileprivate func range(of part: String) -> Index? {
    let bytes = Array(part.utf8)
    var i = utf8.startIndex
    var left = 600
    while i != utf8.endIndex, left > 0 {
      if utf8[i...].starts(with: bytes) { return i }
      i = utf8.index(after: i)
      left -= 1
    }
    return nil
  }
}
