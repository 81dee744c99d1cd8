internal import Events

extension LogFormat {
  /// The session logs of GitHub Copilot CLI.
  package static let copilot = LogFormat(
    name: "copilot",
    about: .copilot,
    importer: CopilotImporter.self
  ) { line in
    guard let type = line["type"], let data = line["data"], data.isObject else { return .unknown }
    if type.equals("session.start") {
      return data["copilotVersion"] != nil || data["producer"]?.equals("copilot-agent") == true
        ? .certain : .unknown
    }
    guard line["id"] != nil, line["timestamp"] != nil, line.has("parentId") else { return .unknown }
    let isOwn =
      type.equals("user.message") || type.equals("assistant.message")
      || type.equals("assistant.turn_start") || type.equals("tool.execution_complete")
      || type.equals("session.shutdown")
    return isOwn ? .possible : .unknown
  }
}
