internal import Events

extension LogFormat {
  /// The rows of the hub's `agent_events` table, as JSON: one a line, or a document of them.
  package static let agentEvents = LogFormat(
    name: "agent-events",
    about: .agentEvents,
    importer: AgentEventsImporter.self
  ) { line in
    let isNative = line["run"] != nil
    if line["agent_id"] != nil, let events = line["events"], events.isArray { return .certain }
    guard !isNative, line["kind"]?.stringBody != nil, line["seq"]?.int != nil else {
      return .unknown
    }
    return line["agent_id"] != nil || line["payload_json"] != nil || line["session_ordinal"] != nil
      ? .certain : .unknown
  }
}
