internal import Events

extension LogFormat {
  /// The messages of the Agent Client Protocol, one a line.
  package static let acp = LogFormat(
    name: "acp",
    about: .acp,
    importer: ACPImporter.self
  ) { line in
    let message = line.message(under: ACPImporter.envelopes)
    guard let method = message.text("method") else {
      // The parameters of an update, as some programs print them.
      let isUpdate = message["update"]?["sessionUpdate"]?.stringBody != nil
      return isUpdate && message["sessionId"]?.stringBody != nil && !message.has("_meta")
        ? .certain : .unknown
    }
    // Other programs borrow the methods for files of their own, which are not JSON-RPC.
    guard message["jsonrpc"] != nil else {
      return method.hasSuffix("session/update") || method.hasSuffix("session_notification")
        ? .excluded : .unknown
    }
    switch method {
    case "session/update":
      return message["params"]?["update"]?["sessionUpdate"] != nil ? .certain : .unknown
    case "session/prompt":
      return message["params"]?["prompt"]?.isArray == true ? .certain : .unknown
    case "initialize":
      // The Model Context Protocol has the same method, and dates as versions.
      return message["params"]?["protocolVersion"]?.int != nil ? .possible : .excluded
    default: return method.hasPrefix("session/") ? .possible : .unknown
    }
  }
}
