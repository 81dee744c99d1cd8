internal import Events

extension LogFormat {
  /// The compact transcripts that Entire keeps of other agents' sessions.
  package static let entire = LogFormat(
    name: "entire",
    about: .entire,
    importer: EntireImporter.self
  ) { line in
    let isOwn =
      line["v"]?.int == 1 && line["cli_version"] != nil && line["agent"] != nil
      && line["ts"] != nil
    return isOwn ? .certain : .unknown
  }
}
