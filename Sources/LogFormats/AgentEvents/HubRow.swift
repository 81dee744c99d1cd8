internal import Events

/// A row of the hub, and the event that it is.
struct HubRow {
  var kind: String
  var producer: String?
  var payload: Payload
  /// The members of the payload, if it can be read.
  var members: JSONObject?

  /// Whether a row is a person's prompt.
  static func isPrompt(_ kind: String, _ producer: String?) -> Bool {
    (kind == "input.text" || kind == "input.attention_reply") && (producer ?? "user") == "user"
  }

  /// The one event that the row is, so that places in the run are those of the table.
  var event: Event {
    if Self.isPrompt(kind, producer) { return Event(EventKind(.input), payload: payload) }
    if let members {
      switch kind {
      case "session.init": return start(members)
      case "lifecycle": if let end = end(members) { return end }
      case "approval_request": return request(members)
      case "input.approval": return decision(members)
      case "usage": return usage(members)
      default: break
      }
    }
    if kind == "context.compacted" { return Event(EventKind(.compaction), payload: payload) }
    if KnownKind(rawValue: kind) != nil {
      return Event(EventKind(rawValue: kind), payload: payload)
    }
    return Event(EventKind(rawValue: "agent-events." + kind), payload: payload)
  }

  private func start(_ members: JSONObject) -> Event {
    .make(.runStarted) { json in
      RunFacts(hub: members).write(to: &json)
      json.raw("init", members.raw)
    }
  }

  private func end(_ members: JSONObject) -> Event? {
    let cause: EndCause
    switch members.text("phase") ?? members.text("status") ?? members.text("state") {
    case "exited", "stopped", "completed": cause = .stop
    case "crashed": cause = .crash
    case "failed": cause = .fail
    case "terminated", "killed": cause = .terminate
    default: return nil
    }
    return .make(.runEnded) { json in
      json.member("cause", cause.rawValue)
      json.member("by", "hub")
      json.member("reason", ifPresent: members.text("reason"))
      json.raw("lifecycle", members.raw)
    }
  }

  // MARK: Permissions

  private func request(_ members: JSONObject) -> Event {
    let tool = members.text("tool_name") ?? members.text("tool") ?? members.text("name")
    return .make(.permissionRequest) { json in
      json.member("id", ifPresent: members.text("request_id") ?? members.text("id"))
      json.member("name", ifPresent: tool ?? members.text("title"))
      json.raw("approval", members.raw)
    }
  }

  /// What a person has decided; the words are the hub's, or those of the agent's options.
  private func decision(_ members: JSONObject) -> Event {
    let words = members.text("decision") ?? members.text("option_id") ?? ""
    let isRefusal = ["deny", "reject"].contains { words.lowercased().hasPrefix($0) }
    let isCancelled = words.lowercased().hasPrefix("cancel")
    return .make(.permissionDecision) { json in
      json.member("id", ifPresent: members.text("request_id") ?? members.text("id"))
      json.member("decision", isRefusal ? "deny" : isCancelled ? "cancelled" : "allow")
      json.raw("approval", members.raw)
    }
  }

  // MARK: Tokens

  /// Cached input has names of the hub's own, and those of its agents.
  private func usage(_ members: JSONObject) -> Event {
    let read =
      members["cache_read"] ?? members["cache_read_input_tokens"] ?? members["cached_input_tokens"]
    let write = members["cache_create"] ?? members["cache_creation_input_tokens"]
    let hasOwn = members["cache_read_tokens"] != nil || members["cache_write_tokens"] != nil
    guard !hasOwn, read?.count != nil || write?.count != nil else {
      return Event(EventKind(rawValue: kind), payload: payload)
    }
    return .make(.usage) { json in
      members.forEachMember { name, value in json.raw(name, value.raw) }
      json.member("cache_read_tokens", ifPresent: read?.count)
      json.member("cache_write_tokens", ifPresent: write?.count)
    }
  }
}

extension RunFacts {
  /// What a row, a document of rows, or the beginning of a session says of the agent.
  init(hub row: JSONObject) {
    self.init(
      agent: row.text("engine") ?? row.text("agent") ?? row.text("backend"),
      model: row.text("model"),
      project: row.text("cwd") ?? row.text("workdir") ?? row.text("project")
        ?? row.text("project_id")
    )
    host = row.text("host") ?? row.text("hostname") ?? row.text("host_id")
    team = row.text("team") ?? row.text("team_id")
    branch = row.text("branch")
    repository = row.text("repository")
    parent = row.text("parent_agent_id").map { Conversation.run("agent-events", $0) }
  }
}
