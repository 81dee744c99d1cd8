internal import Events

extension LogFormat {
  /// The transcripts of conversations that Antigravity keeps.
  package static let antigravity = LogFormat(
    name: "antigravity",
    about: .antigravity,
    importer: AntigravityImporter.self
  ) { line in
    let isOwn =
      line["step_index"]?.int != nil && line["type"] != nil && line["source"] != nil
      && line["status"] != nil
    return isOwn ? .certain : .unknown
  }
}
