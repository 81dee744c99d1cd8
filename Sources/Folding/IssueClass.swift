/// The failures that only show in the shape of a log.
package enum IssueClass: String, CaseIterable {
  case missingToolResult = "missing_tool_result"
  case unansweredPermission = "unanswered_permission"
  case orphanToolResult = "orphan_tool_result"
  case incompleteTurn = "incomplete_turn"
  case abnormalStop = "abnormal_stop"
  case lateEvent = "late_event"
  case mixedIDShape = "mixed_id_shape"
  case duplicateToolCall = "duplicate_tool_call"
  case repeatedCall = "repeated_call"

  package var severity: Severity {
    switch self {
    case .missingToolResult: .error
    case .unansweredPermission, .orphanToolResult, .incompleteTurn, .abnormalStop, .repeatedCall:
      .warning
    case .lateEvent, .mixedIDShape, .duplicateToolCall: .info
    }
  }
}
