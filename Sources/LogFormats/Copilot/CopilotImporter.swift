package import Events

/// Reads the session logs of GitHub Copilot CLI.
///
/// What Copilot calls a turn is one request to a model; a turn here begins with a person's prompt, or
/// with what stands for one, and ends with the reply that asks for no tool. Of a session that goes on
/// in another process the log goes on too, behind a shutdown; the run ends with a shutdown at which
/// the log is at rest.
///
/// A reply tells its output tokens only, and is billed with them; what else it used is unknown. The
/// shutdown tells the sums of all requests by model: they correct what was billed, each reply with an
/// equal share. See ``CopilotMeter``. A compaction is a request of its own.
///
/// Lines of a sub-agent name it (`agentId`): it is a helper, with its own turns and requests.
///
/// Not known to these logs: input and cached tokens of a session that was not shut down (killed, or
/// left by `/new`), and of what was taken back by a rewind; tokens of single requests but for their
/// output.
///
/// Dropped as decoration: `assistant.turn_start`, `assistant.turn_end`, and the start of a tool that
/// a reply has announced. The rest is kept as `copilot.<type>`.
package struct CopilotImporter: RememberingImporter {
  package let source: LogSource
  package var memory = Memory()

  package struct Memory: Codable, Sendable {
    var sessions: [String: CopilotSession] = [:]
    /// The session that the next line belongs to.
    var current: String?
    /// The id of the line before, for lines without one.
    var previous = ""
  }

  package init(source: LogSource) {
    self.source = source
  }

  package var runs: [RunID] {
    memory.sessions.values.filter(\.hasBegun).flatMap(\.runs)
      .sorted { $0.rawValue < $1.rawValue }
  }

  package mutating func take(_ line: JSONObject, into sink: inout ImportedEvents) {
    guard let type = line.text("type"), let data = line.object("data") else {
      return sink.report("the line has no type or no data")
    }
    let id = line.text("id") ?? StableHash.hex(line.raw, seed: memory.previous)
    memory.previous = id
    sink.line.id = id
    sink.line.ts = line.time("timestamp")
    let name = name(of: type == "session.start" ? data : nil, id)
    memory.current = name
    var session = memory.sessions[name] ?? CopilotSession(name)
    session.take(line, data, type: type, into: &sink)
    memory.sessions[name] = session
  }

  private func name(of start: JSONObject?, _ id: String) -> String {
    start?.text("sessionId") ?? memory.current ?? source.folder(after: "session-state")
      ?? source.name.map { $0 + "-" + id } ?? id
  }

  /// A wait for a person is visible while it lasts.
  package mutating func pause(into sink: inout ImportedEvents) {
    memory.sessions.updateEach { $0.tellOfWaits(into: &sink) }
  }

  package mutating func atRest(into sink: inout ImportedEvents) {
    memory.sessions.updateEach { $0.rest(into: &sink) }
  }

  package mutating func beforeSeal(into sink: inout ImportedEvents) {
    memory.sessions.updateEach { $0.beforeSeal(into: &sink) }
  }

  package func isAtWork(_ run: RunID) -> Bool {
    memory.sessions.values.contains { $0.isAtWork(run) }
  }
}
