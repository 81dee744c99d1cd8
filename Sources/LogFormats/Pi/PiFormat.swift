internal import Events

extension LogFormat {
  /// The session logs that pi keeps, and the agents that are built on it.
  package static let pi = LogFormat(
    name: "pi",
    about: .pi,
    importer: PiImporter.self
  ) { line in
    // Droid has the same messages, but each session begins with this.
    guard let type = line["type"] else { return .unknown }
    if type.equals("session_start") { return .excluded }
    guard line["timestamp"]?.stringBody != nil else { return .unknown }
    if type.equals("session") {
      return line["id"] != nil && line["cwd"] != nil ? .certain : .unknown
    }
    guard line.has("parentId") else { return .unknown }
    if type.equals("thinking_level_change") {
      return line["thinkingLevel"] != nil ? .certain : .unknown
    }
    if type.equals("model_change") { return line["modelId"] != nil ? .certain : .unknown }
    guard type.equals("message"), let message = line.object("message"), let role = message["role"]
    else { return .unknown }
    if role.equals("toolResult") || role.equals("bashExecution") { return .certain }
    // A message has a time of its own, in milliseconds.
    return message["timestamp"]?.int != nil ? .possible : .unknown
  }
}
