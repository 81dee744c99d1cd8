internal import Events

extension LogFormat {
  /// The wire logs of Kimi Code, and of the older Kimi CLI.
  package static let kimi = LogFormat(
    name: "kimi",
    about: .kimi,
    importer: KimiImporter.self
  ) { line in
    if let message = line["message"], line["timestamp"]?.double != nil {
      return message["type"]?.text != nil && message["payload"]?.isObject == true
        ? .certain : .unknown
    }
    guard let type = line["type"] else { return .unknown }
    if type.equals("metadata") { return line["protocol_version"] != nil ? .certain : .unknown }
    guard line["time"]?.int != nil else { return .unknown }
    let isOwn =
      type.equals("context.append_loop_event") || type.equals("usage.record")
      || type.equals("turn.prompt") || type.equals("context.append_message")
    return isOwn ? .certain : .unknown
  }
}
