internal import Events

extension LogFormat {
  /// The wire logs of Kimi Code.
  package static let kimi = LogFormat(
    name: "kimi",
    about: .kimi,
    importer: KimiImporter.self
  ) { line in
    guard let type = line["type"] else { return .unknown }
    if type.equals("metadata") { return line["protocol_version"] != nil ? .certain : .unknown }
    guard line["time"]?.int != nil else { return .unknown }
    let isOwn =
      type.equals("context.append_loop_event") || type.equals("usage.record")
      || type.equals("turn.prompt") || type.equals("context.append_message")
    return isOwn ? .certain : .unknown
  }
}
