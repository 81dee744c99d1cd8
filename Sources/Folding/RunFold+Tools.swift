internal import Events

/// What a sweep closes.
enum SweepScope {
  /// What belongs to one turn.
  case turn
  /// Everything.
  case run
}

/// Tool calls and permissions: announced, paired, resolved, swept.
extension RunFold {
  mutating func callTool(_ event: FoldEvent) {
    noteOutput(event)
    noteSpelling(event)
    if let entry = current.entry, let known = working.call(entry) {
      record(
        .duplicateToolCall,
        anchor: anchor(event, label: known.name),
        turn: state.openTurn?.row.idx
      )
      return
    }
    let tool = fields.name(.name) ?? .unnamed
    edit { totals in
      totals[.toolCalls] += 1
      totals.tools[at: totals.tools.position(of: tool, initial: ToolUsage())].calls += 1
    }
    state.openTurn?.row.toolCalls += 1
    if let id = current.id, let entry = current.entry { openCall(id, at: entry, event) }
    countStreak(event, tool: tool)
  }

  private mutating func openCall(_ id: String, at entry: Int, _ event: FoldEvent) {
    var call = Call(
      callID: id,
      seq: event.seq,
      ordinal: event.ordinal,
      name: fields.text(.name) ?? Name.unnamed.text,
      turn: state.openTurn?.row.idx,
      startTs: event.ts
    )
    if var permission = working.permission(entry), permission.isRefused {
      // The refusal came before its call; from here on the call carries it.
      call.isRefused = true
      permission.isRefused = false
      working.set(permission.isOpen ? permission : .decided(id, denied: false), at: entry)
    }
    working.set(call, at: entry)
    state.openCalls += 1
  }

  /// Notices the same call over and over: an agent in a loop.
  private mutating func countStreak(_ event: FoldEvent, tool: Name) {
    guard var streak = state.openTurn?.streak, !fields.isTrue(.subagent) else { return }
    guard let bytes = fields.raw(.input), !bytes.elementsEqual([0x22, 0x22]) else {
      state.openTurn?.streak = CallStreak()
      return
    }
    let input = InputHash(bytes)
    // By the whole name: what a name is cut to for a map does not make two tools one.
    let toolHash = fields.string(.name).map { NameBytes.hash(of: $0) } ?? tool.hash
    if streak.tool == toolHash, streak.input == input {
      streak.length += 1
    } else {
      streak = CallStreak(tool: toolHash, input: input, length: 1)
    }
    state.openTurn?.streak = streak
    if streak.length == CallStreak.lengthMin {
      record(
        .repeatedCall,
        anchor: anchor(event, label: tool.text),
        turn: state.openTurn?.row.idx
      )
    }
  }

  mutating func resolveTool(_ event: FoldEvent) {
    guard let entry = current.entry else { return }
    noteSpelling(event)
    guard var call = working.call(entry) else {
      reportOrphan(event, isDenied: working.permission(entry)?.isRefused == true)
      return
    }
    guard call.status == .open || call.isRunning,
      let status = resolution(isDenied: call.isRefused)
    else { return }
    if call.isRunning {
      // Only how it ended is new: its time ended when it returned.
      if status == .ok, fields.isTrue(.running) { return }
      call.isRunning = false
      call.status = status
      working.set(call, at: entry)
      count(call, latencyMs: nil)
    } else {
      call.status = status
      call.endTs = event.ts
      call.ownMs = fields.duration(.durationMs)
      call.isRunning = status == .ok && fields.isTrue(.running)
      working.set(call, at: entry)
      state.openCalls -= 1
      closeRequest(at: entry)
      count(
        call,
        latencyMs: call.ownMs ?? (call.isRunning ? nil : (call.durationMicros ?? 0) / 1000)
      )
    }
    if status == .failed { noteFailure(of: call) }
  }

  private mutating func noteFailure(of call: Call) {
    if let turn = call.turn {
      if turn == state.openTurn?.row.idx {
        state.openTurn?.row.toolFailed += 1
      } else {
        noteFailedCall(inClosed: turn)
      }
    }
    record(error: Name("tool_error"), anchor: call.anchor, turn: call.turn)
  }

  /// A result of a call that the run never made: what it reports is reported all the same.
  private mutating func reportOrphan(_ event: FoldEvent, isDenied: Bool) {
    let label =
      fields.text(.name) ?? fields.text(.toolName) ?? fields.text(.toolNameCamel)
      ?? fields.text(.title)
    let turn = state.openTurn?.row.idx
    record(.orphanToolResult, anchor: anchor(event, label: label), turn: turn)
    guard resolution(isDenied: isDenied) == .failed else { return }
    let tool = label ?? Name.unnamed.text
    record(error: Name("tool_error"), anchor: anchor(event, label: tool), turn: turn)
  }

  /// How the current event resolves a call; `nil` if it only says how the call goes on.
  ///
  /// Mutating as ``timeState()`` is.
  private mutating func resolution(isDenied: Bool) -> Call.Status? {
    if current.isToolResult {
      if isDenied || fields.isTrue(.denied) { return .denied }
      if fields.isTrue(.cancelled) { return .cancelled }
      return fields.isTrue(.isError) ? .failed : .ok
    }
    switch fields.text(.status) {
    case nil, "pending", "queued", "running", "in_progress": return nil
    case _ where isDenied: return .denied
    case "cancelled": return .cancelled
    case "failed", "error": return .failed
    default: return .ok
    }
  }

  /// Counts the end of a call for its tool.
  private mutating func count(_ call: Call, latencyMs: Int64?) {
    let tool = Name(call.name)
    edit { totals in
      let position = totals.tools.position(of: tool, initial: ToolUsage())
      switch call.status {
      case .failed:
        totals[.toolFailed] += 1
        totals.tools[at: position].failed += 1
      case .denied: totals.tools[at: position].denied += 1
      case .cancelled: totals.tools[at: position].cancelled += 1
      case .missing: totals.tools[at: position].missing += 1
      case .open, .ok, .other: break
      }
      if let latencyMs { totals.tools[at: position].latency.add(latencyMs) }
    }
  }

  /// Ends what is still open when a turn or the run ends, in the order in which it was opened.
  mutating func sweep(_ scope: SweepScope, idx: Int64?) {
    guard state.openCalls > 0 || state.openRequests > 0 else { return }
    var calls: [(call: Call, entry: Int)] = []
    var requests: [(request: Permission, entry: Int)] = []
    for entry in working.openEntries {
      if let call = working.call(entry), call.status == .open, scope == .run || call.turn == idx {
        calls.append((call, entry))
      }
      if let request = working.permission(entry), request.isOpen,
        scope == .run || request.turn == idx
      {
        requests.append((request, entry))
      }
    }
    // The open ones have no order of their own: seq gives the one order that every fold agrees on.
    calls.sort { $0.call.seq < $1.call.seq }
    requests.sort { $0.request.seq < $1.request.seq }
    var next = calls.startIndex
    for (request, entry) in requests {
      while next < calls.endIndex, calls[next].call.seq < request.seq {
        sweep(calls[next].call, at: calls[next].entry)
        next += 1
      }
      closeRequest(at: entry)
      edit { $0[.unansweredPermissions] += 1 }
      record(.unansweredPermission, anchor: request.anchor, turn: request.turn)
    }
    for (call, entry) in calls[next...] { sweep(call, at: entry) }
  }

  private mutating func sweep(_ call: Call, at entry: Int) {
    var call = call
    call.status = call.isRefused ? .denied : .missing
    working.set(call, at: entry)
    state.openCalls -= 1
    count(call, latencyMs: nil)
    guard call.status == .missing else { return }
    let issue: IssueClass = call.asksPermission ? .unansweredPermission : .missingToolResult
    record(issue, anchor: call.anchor, turn: call.turn)
  }

  /// Notices a producer that spells the tool id key in two ways.
  private mutating func noteSpelling(_ event: FoldEvent) {
    guard let kind = current.kind, let key = current.idKey,
      let index = kind.idKeys.firstIndex(of: key)
    else { return }
    let isMixed =
      switch kind {
      case .toolCall: Self.isSecond(index, in: &state.idSpellings.call)
      case .toolCallUpdate: Self.isSecond(index, in: &state.idSpellings.update)
      default: Self.isSecond(index, in: &state.idSpellings.result)
      }
    if isMixed {
      record(
        .mixedIDShape,
        anchor: anchor(event, label: "\(kind.rawValue).\(key.name)"),
        turn: state.openTurn?.row.idx
      )
    }
  }

  /// Notes a spelling; whether it is new, and not the first.
  private static func isSecond(_ index: Int, in seen: inout UInt8) -> Bool {
    let before = seen
    seen |= 1 << UInt8(index)
    return before != 0 && seen != before
  }
}

extension Call {
  /// The event that announced the call, as the cause of what was wrong with it.
  var anchor: Anchor { Anchor(seq: seq, ordinal: ordinal, ts: startTs, label: Name(name).text) }

  /// Whether the call is itself the question to a person.
  var asksPermission: Bool {
    ["permission_prompt", "request_approval"].contains { name == $0 || name.hasSuffix("__" + $0) }
  }
}
