internal import Events

/// A session of pi: when it began, and what it was forked from.
struct PiSession: Codable {
  var id: String
  /// When it began; entries from before that it has from another session.
  var start: Timestamp?
  /// The session that it was forked from.
  var parent: String?
  /// The folder that it works in.
  var project: String?
  /// What names its first entry.
  private var root: String?

  static let lineage = SessionLineage(format: "pi")

  init(id: String) {
    self.id = id
  }

  init(header: JSONObject, id: String) {
    self.id = id
    start = header.time("timestamp")
    project = header.text("cwd")
    parent = (header.text("parentSession") ?? header.text("branchedFrom")).flatMap {
      Self.id(ofLog: $0)
    }
  }

  /// The session of a log, `<time>_<id>.jsonl`, or an id itself.
  private static func id(ofLog path: String) -> String? {
    let name = SourceImport.baseName(path.split(separator: "\\").last.map(String.init) ?? path)
    let id = name.split(separator: "_").last.map(String.init) ?? name
    return id.isEmpty ? nil : id
  }

  /// The session that lived an entry of this one's log.
  mutating func owner(of id: String, into sink: inout ImportedEvents) -> String {
    let ts = sink.line.ts
    let root = root ?? "\(id)@\(ts.map { "\($0)" } ?? "")"
    self.root = root
    guard let start else { return self.id }
    return Self.lineage.owner(
      of: SessionLineage.Entry(id: id, ts: ts, root: root),
      in: self.id,
      isCopied: parent != nil && ts.map { $0 < start } ?? false,
      { Conversation.run("pi", $0) },
      into: &sink
    )
  }
}
