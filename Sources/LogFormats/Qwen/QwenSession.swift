internal import Events

/// A session of Qwen Code, or a sub-agent in its own chat, with the sub-agents that it tells of.
struct QwenSession: Codable {
  let name: String
  /// The sub-agent whose own chat this is.
  let agent: String?
  var conversation: Conversation
  /// The sub-agents that the chat of the session has told requests of.
  var helpers: [String: Conversation] = [:]
  var requests = QwenRequests()

  init(_ name: String, agent: String?) {
    self.name = name
    self.agent = agent
    conversation =
      agent.map { Self.helper($0, of: name) }
      ?? Conversation(format: "qwen", run: Conversation.run("qwen", name), session: name)
  }

  static func helper(_ agent: String, of session: String) -> Conversation {
    Conversation(
      format: "qwen",
      run: Conversation.run("qwen", session + "/" + agent),
      session: session
    )
  }

  mutating func forEach(_ body: (inout Conversation) -> Void) {
    body(&conversation)
    for agent in helpers.keys.sorted() {
      if var helper = helpers[agent] {
        body(&helper)
        helpers[agent] = helper
      }
    }
  }
}
