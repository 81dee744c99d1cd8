internal import Events
internal import RunDigest

/// What decides when a log is read among the others of an import: logs are read in the order in which
/// what they tell of began, so that a parent comes before its forks, and a session's first process
/// before its second, in whatever order they were named.
struct ReadingKey: Comparable {
  /// The time of the first line that has one.
  var time: Timestamp?
  /// Whether the log says that it begins with what another one has lived.
  var isCopy = false
  /// The thread of a log without times, and how far the thread's counter has come in its first count.
  var thread = ""
  var count: Int64 = 0
  /// What decides where nothing else does.
  var name = ""

  static func < (lhs: ReadingKey, rhs: ReadingKey) -> Bool {
    switch (lhs.time, rhs.time) {
    case (let left?, let right?) where left != right: return left < right
    case (.some, nil): return true
    case (nil, .some): return false
    default: break
    }
    let left = (lhs.isCopy ? 1 : 0, lhs.thread, lhs.count, lhs.name)
    return left < (rhs.isCopy ? 1 : 0, rhs.thread, rhs.count, rhs.name)
  }
}

/// Puts the files of an import in the order in which they are read.
///
/// Only files that are new, were read in part or have another size than when they were read are
/// opened for it.
struct ReadingOrder {
  private let store: RunStore

  init(_ store: RunStore) {
    self.store = store
  }

  /// How much of a log is looked at.
  private static let headBytes = 64 << 10
  private static let objectsMax = 50

  func sorted(_ files: [LogPaths.Found]) throws -> [LogPaths.Found] {
    guard files.count > 1 else { return files }
    var keys: [(key: ReadingKey, place: Int)] = []
    for (place, file) in files.enumerated() {
      var key = ReadingKey(name: file.path ?? file.shown)
      if let path = file.path, file.canBeReadAgain,
        try store.importCursor(of: path).map({ !$0.wasReadWhole || $0.size != file.bytes }) ?? true
      {
        Self.look(at: file, &key)
      }
      keys.append((key, place))
    }
    return keys.sorted { ($0.key, $0.place) < ($1.key, $1.place) }.map { files[$0.place] }
  }

  /// What cannot be opened or read is reported when it is its turn.
  private static func look(at file: LogPaths.Found, _ key: inout ReadingKey) {
    guard let path = file.path,
      let source = try? SourceFile(path: path, shown: file.shown, mayWait: false)
    else { return }
    var head: [UInt8] = []
    guard (try? source.read(headBytes, into: &head)) != nil else { return }
    head.withUnsafeBytes { text in
      let format = LogFormat.detect(text)
      var objects = 0
      LogLines.forEachObject(inHead: text) { object in
        objects += 1
        (format?.readingKey ?? LogFormat.usualReadingKey)(object, &key)
        // A log whose first lines have times is placed by the first of them.
        return objects < objectsMax && (key.time == nil || objects < 5)
      }
    }
  }
}

extension LogFormat {
  /// Takes what a line tells of the place of its log, where the format says nothing better: the
  /// first time that there is under one of the usual names.
  static func usualReadingKey(_ object: JSONObject, _ key: inout ReadingKey) {
    if object["forkedFrom"] != nil { key.isCopy = true }
    guard key.time == nil else { return }
    for inner in [object, object.object("payload"), object.object("data")].compactMap({ $0 }) {
      key.time = key.time ?? inner.anyTime
    }
  }
}

extension JSONObject {
  private static let timeKeys: [StaticString] = [
    "timestamp", "ts", "time", "_audit_timestamp", "startTime", "created_at", "createdAt",
  ]

  /// The time under the first of the usual names that has one: as text, or in milliseconds or
  /// seconds since 1970.
  fileprivate var anyTime: Timestamp? {
    for name in Self.timeKeys {
      guard let value = self[name] else { continue }
      if let time = value.text.flatMap({ Timestamp($0) }) { return time }
      guard let number = value.double, number > 0, number < 2.6e11 * 1000 else { continue }
      let seconds = number < 1e11 ? number : number / 1000
      return Timestamp(microseconds: Int64(seconds * 1_000_000))
    }
    return nil
  }
}
