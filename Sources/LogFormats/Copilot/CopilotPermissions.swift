internal import Events

/// The questions to a person whether a call may go ahead.
///
/// A request is decided by a rule at once, or by a person later; which of the two, the decision says.
/// So a request is written with its decision, or once something else happens more than a second
/// later, or while a log is followed as soon as nothing more is there.
struct CopilotPermissions: Codable {
  /// A request without its decision.
  struct Request: Codable {
    var id: String
    var call: String?
    var name: String?
    var agent: String?
    var line: String
    var ts: Timestamp?
    var isTold = false
  }

  private(set) var open: [Request] = []
  /// How long calls have waited, in microseconds.
  private(set) var waits: [String: Int64] = [:]
  /// The calls that no person has refused, but a rule.
  private(set) var refusedByRule: Set<String> = []

  mutating func ask(_ request: Request) { open.append(request) }

  mutating func tell(_ request: String) {
    if let place = open.firstIndex(where: { $0.id == request }) { open[place].isTold = true }
  }

  mutating func take(_ request: String?) -> Request? {
    guard let place = open.firstIndex(where: { $0.id == request }) else { return nil }
    return open.remove(at: place)
  }

  mutating func note(wait micros: Int64, of call: String?) {
    if let call { waits[call, default: 0] += max(0, micros) }
  }

  mutating func refuseByRule(_ call: String?) {
    if let call { refusedByRule.insert(call) }
  }

  /// Forgets a call that came back; returns how long it waited for a person, and whether a rule
  /// refused it.
  mutating func forget(_ call: String?) -> (waited: Int64?, isRefusedByRule: Bool) {
    guard let call else { return (nil, false) }
    open.removeAll { $0.call == call }
    return (waits.removeValue(forKey: call), refusedByRule.remove(call) != nil)
  }

  mutating func forgetAll() { self = CopilotPermissions() }
}

extension CopilotSession {
  /// Takes a request for a permission; one that a hook has decided asks nobody.
  mutating func ask(_ data: JSONObject, agent: String?, into sink: inout ImportedEvents) {
    guard !data.isTrue("resolvedByHook"), let id = data.text("requestId") else { return }
    let request = data.object("permissionRequest")
    permissions.ask(
      CopilotPermissions.Request(
        id: id,
        call: request?.text("toolCallId"),
        name: request?.text("kind"),
        agent: agent,
        line: sink.line.id,
        ts: sink.line.ts
      )
    )
  }

  mutating func decide(_ data: JSONObject, into sink: inout ImportedEvents) {
    guard let request = permissions.take(data.text("requestId")) else { return }
    let kind = data.object("result")?.text("kind") ?? ""
    let isAllowed = kind.hasPrefix("approved")
    let decider = data.text("decisionSource")
    let isByPerson = decider == nil || decider == "human_response"
    if !isByPerson, !isAllowed { permissions.refuseByRule(request.call) }
    guard isByPerson || request.isTold else { return }
    if !request.isTold { tell(request, into: &sink) }
    self[request.agent].conversation.answer(
      about: request.call ?? request.id,
      isAllowed: isAllowed,
      into: &sink
    )
    if let asked = request.ts, let answered = sink.line.ts {
      permissions.note(wait: answered.microseconds - asked.microseconds, of: request.call)
    }
  }

  private mutating func tell(
    _ request: CopilotPermissions.Request,
    into sink: inout ImportedEvents
  ) {
    let line = sink.line
    sink.line = LineContext(number: line.number, id: request.line, ts: request.ts)
    self[request.agent].conversation.ask(
      about: request.call ?? request.id,
      name: request.name,
      into: &sink
    )
    sink.line = line
  }

  /// Tells of the requests that a person has before them, as it seems: all that are open, or those
  /// that were open for long when the line came.
  mutating func tellOfWaits(before ts: Timestamp? = nil, into sink: inout ImportedEvents) {
    for request in permissions.open where !request.isTold {
      if let ts, let asked = request.ts, ts.microseconds - asked.microseconds <= 1_000_000 {
        continue
      }
      tell(request, into: &sink)
      permissions.tell(request.id)
    }
  }
}
