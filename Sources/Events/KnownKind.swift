/// The kinds that the fold gives a meaning to.
package enum KnownKind: String, CaseIterable, Sendable {
  case runStarted = "run.started"
  case runEnded = "run.ended"
  case runResumed = "run.resumed"
  case verdict
  case turnStart = "turn.start"
  case turnResult = "turn.result"
  case input
  case text
  case thought
  case toolCall = "tool_call"
  case toolCallUpdate = "tool_call_update"
  case toolResult = "tool_result"
  case permissionRequest = "permission.request"
  case permissionDecision = "permission.decision"
  case usage
  case error
  case checkpoint
  case span
  case compaction
  case retry
  case rateLimit = "rate_limit"
  case agentCost = "agent.cost"
  case runTag = "run.tag"
  case runNote = "run.note"
  case runScore = "run.score"
}

extension KnownKind {
  /// The kind of this name, found without making a string of it.
  package init?(utf8 name: UnsafeRawBufferPointer) {
    for kind in Self.byLength[min(name.count, Self.lengthMax + 1)] where kind.matches(name) {
      self = kind
      return
    }
    return nil
  }

  private func matches(_ name: UnsafeRawBufferPointer) -> Bool {
    var own = rawValue
    return own.withUTF8 { UnsafeRawBufferPointer($0).elementsEqual(name) }
  }

  private static let lengthMax = 19

  /// The kinds by the length of their names, since few share one.
  private static let byLength: [[KnownKind]] = (0...(lengthMax + 1)).map { length in
    allCases.filter { $0.rawValue.utf8.count == length }
  }
}
