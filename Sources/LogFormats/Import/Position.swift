internal import Events
internal import RunDigest

/// Where an import stands in a source, and the bytes that it has at hand.
struct Position {
  private let path: String?
  private let source: LogSource
  private let isPacked: Bool
  var importer: (any LogImporter)?
  private(set) var format = ""
  /// What begins at ``offset``.
  var buffer: [UInt8] = []
  var offset: Int64 = 0
  /// The number of the last line that was read.
  var line: Int64 = 0
  /// Whether what begins at ``offset`` goes on with a line that was counted: one without its end, as
  /// the last event in a folder is.
  var isInCountedLine = false
  /// The cursor that the store has of this source, or will have when what was handed over is
  /// written.
  private(set) var stored: ImportCursor?
  private var incarnation: Int64 = 1
  var hash = PrefixHash()
  /// An importer that remembers the incarnation before, should the format still be the same.
  private var earlier: (format: String, importer: any LogImporter)?
  /// The line that is being shortened, and the hash of what stands before its end.
  var long: (line: LongLine, hash: PrefixHash)?
  private var hasHandedOver = false
  /// How many lines from the beginning could not be read, one after another; `nil` once one could.
  var unreadFromStart: Int? = 0
  /// The lines of the entries in the sink.
  var lines: [Int64] = []
  /// The lines that could not be read.
  var unread: [UnreadLine] = []

  /// Goes on from a cursor where the source has only grown since, else begins anew.
  init(
    file: LogPaths.Found,
    source opened: SourceFile,
    cursor: ImportCursor?,
    mark: ReadMark? = nil
  ) throws {
    path = file.path
    isPacked = opened.isPacked
    source = file.path.map { LogSource(path: $0) } ?? LogSource()
    stored = cursor
    guard let cursor else { return }
    incarnation = cursor.incarnation
    guard let checkpoint = ImportCheckpoint(cursor.state),
      let known = LogFormat.named(checkpoint.format)
    else {
      incarnation += 1
      return
    }
    let decoded = try? known.importer(for: source, decoding: checkpoint.importer)
    if let decoded, try hasGrown(opened, cursor, mark) {
      importer = decoded
      unreadFromStart = nil
      format = known.name
      offset = cursor.offset
      line = checkpoint.lines
      isInCountedLine = opened.tail(before: offset, count: 1)?.first.map { $0 != 0x0A } ?? false
      return
    }
    // Replaced, cut, or remembered by another version: all of it again, only the new is stored.
    incarnation += 1
    hash = PrefixHash()
    try opened.rewind()
    guard var decoded else { return }
    decoded.startOver()
    earlier = (known.name, decoded)
  }

  /// Whether the file still begins as it did; if so it stands behind that beginning.
  private mutating func hasGrown(
    _ source: SourceFile,
    _ cursor: ImportCursor,
    _ mark: ReadMark?
  ) throws -> Bool {
    guard let opened = source.opened else { return false }
    if let known = try mark?.goOn(in: source, from: cursor) {
      hash = known
      return true
    }
    // Of a packed file nobody knows how long the log in it is.
    guard source.isPacked || opened.size >= cursor.offset else { return false }
    guard let found = try PrefixHash(of: source, count: cursor.offset) else { return false }
    hash = found
    return hash.value == cursor.prefixHash
  }

  /// Takes up a format at the beginning of the source.
  mutating func start(_ format: LogFormat) {
    if let earlier, earlier.format == format.name {
      importer = earlier.importer
    } else {
      importer = format.importer(for: source)
    }
    self.format = format.name
  }

  /// Whether nothing of the source was handed over to the store as yet.
  var isNew: Bool { stored == nil && !hasHandedOver }

  /// So many lines that cannot be read make a source no log.
  static let junkLinesMax = 1000

  /// Whether none of the first lines could be read.
  var isJunk: Bool { unreadFromStart ?? 0 >= Self.junkLinesMax }

  /// Whether what was read of a log holds nothing that was said or done in it.
  func isWithoutConversation(_ sink: ImportedEvents) -> Bool {
    guard format != LogFormat.events.name, sink.problems.isEmpty, importer?.isUndecided == false
    else {
      return false
    }
    return !sink.entries.contains { $0.event.kind.isConversation }
  }

  /// Whether what is left at the end is the beginning of a line.
  var isTorn: Bool {
    long != nil || buffer.contains { ![0x00, 0x20, 0x09, 0x0D].contains($0) }
  }

  /// Whether the source is a document that goes on behind what is at hand of it.
  var isInDocument: Bool {
    offset == 0 && long == nil && buffer.contains(0x0A)
      && buffer.withUnsafeBytes { LogLines.isUnfinishedDocument($0) }
  }

  /// The cursor to be stored with what was read so far.
  ///
  /// Before the end it has no time of change: the file must not pass for one that was read whole.
  func cursor(_ opened: SourceFile.Opened, isAtEnd: Bool) -> ImportCursor {
    ImportCursor(
      path: path ?? "",
      device: opened.file.device,
      inode: opened.file.inode,
      size: opened.size,
      mtime: isAtEnd ? opened.mtime : 0,
      offset: offset,
      prefixHash: hash.value,
      incarnation: incarnation,
      state: ImportCheckpoint(
        format: format,
        lines: line,
        importer: importer
      ).bytes
    )
  }

  /// What spares the next visit to read all of this again.
  func mark(_ opened: SourceFile) -> ReadMark? {
    ReadMark(opened, offset: offset, hash: hash)
  }

  /// Hands over what belongs to the events in the sink; what comes next begins at a cursor.
  mutating func takeUnread(before cursor: ImportCursor?) -> UnreadLines {
    defer {
      hasHandedOver = true
      lines = []
      unread = []
      stored = cursor
    }
    return UnreadLines(
      source: path ?? "-",
      lines: unread,
      linesOfEntries: lines,
      isPacked: isPacked
    )
  }
}

extension EventKind {
  /// Whether something was said, done or spent where there is such an event.
  fileprivate var isConversation: Bool {
    switch KnownKind(rawValue: rawValue) {
    case nil, .runStarted, .runEnded, .runResumed, .verdict, .rateLimit, .span, .checkpoint,
      .compaction:
      false
    default: true
    }
  }
}
