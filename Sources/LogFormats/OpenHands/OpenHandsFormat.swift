internal import Events

extension LogFormat {
  /// The events of an OpenHands conversation, one a line or a list of them.
  package static let openHands = LogFormat(
    name: "openhands",
    importer: OpenHandsImporter.self
  ) { line in
    guard line["timestamp"] != nil, let source = line["source"], line["id"]?.int != nil else {
      return .unknown
    }
    guard source.equals("agent") || source.equals("user") || source.equals("environment") else {
      return .unknown
    }
    return line["action"]?.stringBody != nil && line["args"] != nil
      || line["observation"]?.stringBody != nil ? .certain : .unknown
  }
}
