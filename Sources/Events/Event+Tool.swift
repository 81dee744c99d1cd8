extension Event {
  /// The agent called a tool.
  public static func toolCall(
    id: String? = nil,
    name: String? = nil,
    input: JSONLiteral? = nil,
    isSubagent: Bool = false
  ) -> Event {
    make(.toolCall) { json in
      json.member("id", ifPresent: id)
      json.member("name", ifPresent: name)
      json.member("input", ifPresent: input)
      json.member("subagent", ifPresent: isSubagent ? true : nil)
    }
  }

  /// Something changed about a call; a status that is neither `nil`, `pending`, `queued`,
  /// `running` nor `in_progress` resolves it.
  public static func toolCallUpdate(
    id: String,
    status: String? = nil,
    name: String? = nil,
    durationMs: Int64? = nil,
    isRunning: Bool = false
  ) -> Event {
    make(.toolCallUpdate) { json in
      json.member("toolCallId", id)
      json.member("status", ifPresent: status)
      json.member("name", ifPresent: name)
      json.member("duration_ms", ifPresent: durationMs)
      json.member("running", ifPresent: isRunning ? true : nil)
    }
  }

  /// A call came back.
  ///
  /// A call that a person refused is `isDenied`, one that was broken off is `isCancelled`:
  /// neither is a failure, whatever `isError` says. `durationMs` is the call's own time as the agent
  /// measured it. A call whose work goes on after it returned is `isRunning`: a later result of the
  /// same id is its final one.
  public static func toolResult(
    id: String,
    isError: Bool = false,
    isDenied: Bool = false,
    isCancelled: Bool = false,
    name: String? = nil,
    content: JSONLiteral? = nil,
    durationMs: Int64? = nil,
    isRunning: Bool = false
  ) -> Event {
    make(.toolResult) { json in
      json.member("tool_use_id", id)
      json.member("name", ifPresent: name)
      json.member("is_error", isError)
      json.member("denied", ifPresent: isDenied ? true : nil)
      json.member("cancelled", ifPresent: isCancelled ? true : nil)
      json.member("content", ifPresent: content)
      json.member("duration_ms", ifPresent: durationMs)
      json.member("running", ifPresent: isRunning ? true : nil)
    }
  }

  /// A person is asked whether a call may go ahead.
  public static func permissionRequest(id: String, name: String? = nil) -> Event {
    make(.permissionRequest) { json in
      json.member("id", id)
      json.member("name", ifPresent: name)
    }
  }

  /// A person has answered.
  public static func permissionDecision(id: String, isAllowed: Bool) -> Event {
    make(.permissionDecision) { json in
      json.member("id", id)
      json.member("decision", isAllowed ? "allow" : "deny")
    }.with(producer: .user)
  }
}
