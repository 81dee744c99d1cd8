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

  // MARK: What sessions know of each other

  private static func key(_ id: String) -> String { "pi/session/" + id }
  private static func historyKey(_ id: String) -> String { "pi/history/" + id }

  /// Tells the logs that are read later when the session began and where it came from.
  func note(_ facts: inout SharedFacts) {
    guard let start else { return }
    facts[Self.key(id)] = "\(start.microseconds) \(parent ?? "")"
  }

  /// Whether the log of a session was read.
  static func isKnown(_ id: String, _ facts: SharedFacts) -> Bool { facts[key(id)] != nil }

  private static func known(_ id: String, _ facts: SharedFacts) -> PiSession? {
    guard let text = facts[key(id)] else { return nil }
    let parts = text.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false)
    guard let micros = parts.first.flatMap({ Int64($0) }) else { return nil }
    var session = PiSession(id: id)
    session.start = Timestamp(microseconds: micros)
    session.parent = parts.dropFirst().first.flatMap { $0.isEmpty ? nil : String($0) }
    return session
  }

  /// The session that lived an entry: the nearest ancestor that had begun by then.
  ///
  /// Of an ancestor whose log was not read it is not known what it was forked from: all that is older
  /// is taken for its own, also once its log is read.
  func owner(ofEntryAt ts: Timestamp?, _ facts: inout SharedFacts) -> String {
    var session = self
    // A chain of forks may be a ring in a log that was tampered with.
    for _ in 0..<64 {
      guard let ts, let start = session.start, ts < start, let parent = session.parent,
        facts[Self.historyKey(session.id)] == nil
      else { return session.id }
      guard let known = Self.known(parent, facts) else {
        facts[Self.historyKey(parent)] = ""
        return parent
      }
      session = known
    }
    return session.id
  }
}
