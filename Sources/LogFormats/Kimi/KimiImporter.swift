package import Events

/// Reads the wire logs of Kimi Code and of the older Kimi CLI: one of the main agent, one of each
/// sub-agent.
///
/// Tokens of Kimi Code stand twice, at the end of a step and in the `usage.record` after it: a step
/// is billed at its end, and its record corrects it where it knows better. Records of the scope
/// `session` are requests beside the turns, such as compactions. Records name a model by an alias;
/// the `llm.request` before them says which model that is.
///
/// Kimi CLI tells the tokens of a step in its status, under the id of its message. The events of a
/// sub-agent stand in the log of the agent that called it, and in newer versions also in a log of its
/// own: of the two the one that is read first counts.
///
/// The folders of a wire log name its session and its agent (`<session>/agents/<agent>/`,
/// `<session>/subagents/<agent>/`): agents beside `main` are its helpers, also where another helper
/// called them.
///
/// Not known to a wire log: its session where it is not in such folders, so that the run is named
/// by a hash of what stands before the first prompt; the end of the process; to that of Kimi CLI the
/// model and the folder.
///
/// Dropped as decoration: `context.append_message`, which repeats a prompt, `step.begin`,
/// `llm.tools_snapshot`, `tools.set_active_tools`, `tools.update_store`, `StepBegin`,
/// `ToolCallPart`. The rest is kept as `kimi.<type>`.
package struct KimiImporter: RememberingImporter {
  package let source: LogSource
  package var memory = Memory()

  package struct Memory: Codable, Sendable {
    var session: KimiSession?
    /// What stands before the first prompt, which the run may be named by.
    var held = HeldObjects()
    var previous = ""
    /// Whether another log tells all of this one.
    var isToldElsewhere = false
  }

  package init(source: LogSource) {
    self.source = source
  }

  package var runs: [RunID] { memory.session?.runs ?? [] }

  package mutating func take(_ line: JSONObject, into sink: inout ImportedEvents) {
    guard line.text("type") ?? line.object("message")?.text("type") != nil else {
      return sink.report("the line has no type")
    }
    guard !memory.isToldElsewhere else { return }
    guard memory.session == nil else { return read(line, into: &sink) }
    memory.held.hold(line)
    if Self.begins(line) || memory.held.isFull { begin(into: &sink) }
  }

  private static func begins(_ line: JSONObject) -> Bool {
    if let message = line.object("message") { return message["type"]?.text != nil }
    let type = line.text("type") ?? ""
    return [
      "turn.prompt", "turn.steer", "context.append_loop_event", "usage.record",
    ].contains(type)
  }

  package mutating func atRest(into sink: inout ImportedEvents) {
    memory.session?.forEach { $0.rest(into: &sink) }
  }

  package mutating func beforeSeal(into sink: inout ImportedEvents) {
    memory.session?.forEach { $0.beforeSeal(into: &sink) }
  }

  package func isAtWork(_ run: RunID) -> Bool { memory.session?.isAtWork(run) ?? false }

  // MARK: Places

  /// The session and the agent that the folders name; `nil` for the main agent.
  private var place: (session: String, agent: String?)? {
    let folders = Array(source.folders.suffix(3))
    guard folders.count == 3, source.name == "wire" else { return nil }
    if folders[1] == "agents" {
      return (folders[0], folders[2] == "main" ? nil : folders[2])
    }
    if folders[1] == "subagents" { return (folders[0], folders[2]) }
    return folders[0] == "sessions" ? (folders[2], nil) : nil
  }

  private mutating func begin(into sink: inout ImportedEvents) {
    var held = memory.held
    memory.held = HeldObjects()
    let place = place
    let name = place?.session ?? StableHash.hex(held.joined)
    let session = KimiSession(name, agent: place?.agent)
    if place?.agent != nil {
      let key = KimiSession.tellerKey(session.main.run)
      memory.isToldElsewhere = sink.facts[key] == KimiSession.Teller.caller.rawValue
      guard !memory.isToldElsewhere else { return }
      sink.facts[key] = KimiSession.Teller.own.rawValue
    }
    memory.session = session
    held.release { read($0, into: &sink) }
  }

  private mutating func read(_ line: JSONObject, into sink: inout ImportedEvents) {
    let id = StableHash.hex(line.raw, seed: memory.previous)
    memory.previous = id
    sink.line.id = id
    sink.line.ts =
      line.milliseconds("time") ?? line.milliseconds("created_at")
      ?? line.secondsSince1970("timestamp")
    memory.session?.read(line, into: &sink)
  }
}

extension JSONObject {
  /// A time in seconds since 1970 under a name.
  fileprivate func secondsSince1970(_ key: StaticString) -> Timestamp? {
    guard let micros = self[key]?.rounded(timesTenTo: 6), micros >= 0,
      micros < 253_402_300_800_000_000
    else { return nil }
    return Timestamp(microseconds: micros)
  }
}
