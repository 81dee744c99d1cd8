internal import Events

/// A turn whose first line is that of one that is in the store already.
///
/// Lines have no ids and no times, so two processes may print the same words. Whether a turn is the
/// one that is known, read again, or another one that begins alike, its end shows: there the thread's
/// total stands. Until then its lines are held back.
struct CodexExecTurn: Codable {
  /// The name of its first line.
  let name: String
  /// The names of the last lines of the turns that began so.
  let ends: [String]
  var lines: [String] = []
  /// The names of those lines.
  var names: [String] = []

  /// Makes one if turns of this name have ended.
  init?(_ name: String, of thread: String, in sink: ImportedEvents) {
    let ends = (sink.facts[Self.fact(name, of: thread)] ?? "").split(separator: ";")
    guard !ends.isEmpty else { return nil }
    self.name = name
    self.ends = ends.map(String.init)
  }

  private static func fact(_ name: String, of thread: String) -> String {
    "codex-exec/turn/" + thread + "/" + name
  }

  static func begin(_ name: String, of thread: String, in sink: inout ImportedEvents) {
    let fact = fact(name, of: thread)
    if sink.facts[fact] == nil { sink.facts[fact] = "" }
  }

  /// Notes the last line of a turn.
  static func end(
    _ name: String,
    of thread: String,
    at line: String,
    in sink: inout ImportedEvents
  ) {
    let root = name.split(separator: "/").first.map(String.init) ?? name
    let fact = fact(root, of: thread)
    guard let known = sink.facts[fact] else { return }
    let end = line.split(separator: "/").first.map(String.init) ?? line
    let ends = known.split(separator: ";").map(String.init)
    if !ends.contains(end) { sink.facts[fact] = (ends + [end]).joined(separator: ";") }
  }
}

extension CodexExecThread {
  /// Takes a line of a turn that may be known.
  mutating func hold(_ line: JSONObject, _ type: String, into sink: inout ImportedEvents) {
    held?.lines.append(String(decoding: line.raw, as: UTF8.self))
    held?.names.append(sink.line.id)
    guard type == "turn.completed" || type == "turn.failed", let turn = held else { return }
    guard turn.ends.contains(sink.line.id) else { return release(turn, into: &sink) }
    held = nil
    ending =
      type == "turn.completed" && line["status"]?.equals("failed") != true ? .success : .error
    total = CodexCounts(line["usage"]) ?? total
  }

  /// Another turn begins: the one that is held back was broken off.
  mutating func giveUpHeldTurn(into sink: inout ImportedEvents) {
    guard let turn = held else { return }
    held = nil
    guard let last = turn.names.last, !turn.ends.contains(last) else { return }
    release(turn, into: &sink)
    CodexExecTurn.end(turn.name, of: id, at: last, in: &sink)
  }

  /// Reads the lines of a turn that turned out to be another one than what is known.
  private mutating func release(_ turn: CodexExecTurn, into sink: inout ImportedEvents) {
    held = nil
    let context = sink.line
    suffix = "/\(turn.ends.count + 1)"
    open(turn.name + suffix, into: &sink)
    for (text, name) in zip(turn.lines, turn.names) {
      sink.line.id = name + suffix
      var text = text
      text.withUTF8 { bytes in
        guard let value = try? JSONValue.parse(UnsafeRawBufferPointer(bytes)),
          let line = JSONObject(value)
        else { return }
        read(line, line.text("type") ?? "", into: &sink)
      }
    }
    sink.line = context
  }
}
