internal import Events

extension LogFormat {
  /// The session logs that pi keeps, and the agents that are built on it.
  package static let pi = LogFormat(
    name: "pi",
    about: .pi,
    importer: PiImporter.self
  ) { line in
    guard let type = line["type"], line["timestamp"] != nil else { return .unknown }
    if type.equals("session") {
      return line["id"] != nil && line["cwd"] != nil ? .certain : .unknown
    }
    if type.equals("thinking_level_change") || type.equals("model_change") {
      return line["parentId"] != nil || line["modelId"] != nil ? .certain : .possible
    }
    guard type.equals("message"), let role = line["message"]?["role"] else { return .unknown }
    return role.equals("toolResult") || role.equals("bashExecution") ? .certain : .possible
  }
}
