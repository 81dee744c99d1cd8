internal import Events

extension LogFormat {
  /// The messages of the Agent Client Protocol, one a line.
  package static let acp = LogFormat(
    name: "acp",
    about: .acp,
    importer: ACPImporter.self
  ) { line in
    if let method = line["method"]?.text {
      if method == "session/update" || method == "session/prompt" { return .certain }
      return method.hasPrefix("session/") || line["jsonrpc"] != nil && method == "initialize"
        ? .possible : .unknown
    }
    return line["update"]?["sessionUpdate"] != nil ? .certain : .unknown
  }
}
