internal import Events

extension LogFormat {
  /// The JSON-RPC messages of `codex app-server`, one a line.
  package static let codexAppServer = LogFormat(
    name: "codex-app-server",
    about: .codexAppServer,
    importer: CodexAppServerImporter.self
  ) { line in
    let message = CodexAppServerImporter.message(of: line)
    guard let method = message.text("method") else {
      // What the server answers to begin with.
      return message["id"] != nil && message["result"]?["userAgent"]?.stringBody != nil
        ? .possible : .unknown
    }
    if method == "initialize" {
      // A client of the Model Context Protocol names the version that it speaks.
      guard let params = message.object("params"), params["protocolVersion"] == nil else {
        return .excluded
      }
      return params["clientInfo"]?.isObject == true ? .possible : .unknown
    }
    let isOwn = ["thread/", "turn/", "item/"].contains { method.hasPrefix($0) }
    return isOwn && message["params"]?.isObject == true ? .certain : .unknown
  }
}
