internal import Events

/// A result of a call, as it is remembered until its call is read.
struct ClaudeReturn: Codable {
  var call: String?
  var kind: Conversation.ResultKind
  var isRunning: Bool
  var durationMs: Int64?
  /// The content of the block, and what the line has of it beside the block, as JSON.
  var content: String?
  var result: String?
  var part: String
  var line: String
  var ts: Timestamp?
  var session: String?
}

// Results come behind their calls, but for parallel calls in some versions, whose lines are swapped:
// a result whose call is not known waits for it until the turn is over.
extension ClaudeThread {
  mutating func readResult(
    _ block: JSONObject,
    _ place: Int,
    _ line: ClaudeLine,
    into sink: inout ImportedEvents
  ) {
    let whole = line.object["toolUseResult"] ?? line.object["tool_use_result"]
    let call = block.text("tool_use_id")
    let judged = ClaudeToolResult(block: block, result: place == 0 ? whole : nil, line: line.object)
    if place == 0, let agent = JSONObject(whole)?.text("agentId"), role == .agent {
      sink.note(caller: run, of: Self.agentRun(talk, agent))
    }
    if let call, let at = foreignCalls.firstIndex(of: call) {
      // A fork begins with made-up answers to the calls that its parent had open.
      foreignCalls.remove(at: at)
      return keepInTurn(line, into: &sink)
    }
    let back = ClaudeReturn(
      call: call,
      kind: judged.kind,
      isRunning: judged.isRunning,
      durationMs: judged.durationMs,
      content: block["content"].map { String(decoding: $0.raw, as: UTF8.self) },
      result: place == 0 ? whole.map { String(decoding: $0.raw, as: UTF8.self) } : nil,
      part: "\(place)",
      line: line.id,
      ts: line.ts,
      session: line.session
    )
    if talk.turn != nil, let call, !talk.openCalls.contains(call) {
      talk.flushRequest(into: &sink)
      early.append(back)
    } else {
      emit(back, into: &sink)
    }
  }

  static func agentRun(_ talk: Conversation, _ agent: String) -> RunID {
    Conversation.run(talk.format, "\(talk.session ?? "")/agent-\(agent)")
  }

  /// A call was read: its result may have been there before.
  mutating func releaseEarly(of call: String?, into sink: inout ImportedEvents) {
    guard !early.isEmpty, let place = early.firstIndex(where: { $0.call == call }) else { return }
    emit(early.remove(at: place), into: &sink)
  }

  /// The turn is over: no call will come for the results that wait for one.
  mutating func releaseEarly(into sink: inout ImportedEvents) {
    guard !early.isEmpty else { return }
    let (orphans, turn) = (early, talk.turn)
    early = []
    for orphan in orphans { emit(orphan, into: &sink) }
    // They say nothing of how the turn went.
    talk.turn = turn
  }

  private mutating func emit(_ back: ClaudeReturn, into sink: inout ImportedEvents) {
    let line = sink.line
    sink.line.id = back.line
    sink.line.ts = back.ts
    sink.line.session = back.session
    defer { sink.line = line }
    if back.isRunning, let call = back.call, !leftRunning.contains(call) {
      leftRunning.append(call)
      if leftRunning.count > Self.leftRunningMax { leftRunning.removeFirst() }
    }
    Array((back.content ?? "null").utf8).withUnsafeBytes { bytes in
      talk.result(
        of: back.call,
        back.kind,
        content: back.content == nil ? nil : try? JSONValue.parse(bytes),
        durationMs: back.durationMs,
        isRunning: back.isRunning && back.kind == .success,
        back.part,
        into: &sink
      ) { json in
        if let result = back.result { json.raw("result", Array(result.utf8)) }
      }
    }
  }

  private static let leftRunningMax = 64
}
