internal import Events
internal import RunDigest

/// Imports what is new in one source.
///
/// 1. A file that is as it was is not opened again; one that grew, by the hash of what was read of
///    it, goes on where it was left; any other is a new generation, read from its beginning.
/// 2. Events and cursor are committed together, a piece of the file at a time, at the end of a line.
/// 3. A source that was read to its end is at rest, and what its importer held back is stored;
///    unless somebody follows it who will say when it is. Until then its cursor has no time of
///    change.
/// 4. A log without a conversation makes no run: nothing of it is stored, and it is read again.
/// 5. Of a packed file it is the log in it that has lines, bytes and a hash: a cursor counts those.
struct SourceImport {
  private let options: LogImport.Options
  private let file: LogPaths.Found
  /// The place of the source in the import.
  private let index: Int
  private var progress: LogImport.Progress
  private let visit: Visit

  /// What the next visit may begin with.
  private(set) var mark: ReadMark?
  /// How the source stands after the visit.
  private(set) var state = State.unfinished
  /// Whether it was opened and read, having changed since the last time.
  private(set) var wasRead = false
  /// Whether its last line breaks off.
  private(set) var isTorn = false

  /// How a source is visited.
  struct Visit {
    /// Whether the end is the end for now only, and the source is not at rest there.
    var isGrowing = false
    /// What the visit before has left.
    var mark: ReadMark?
  }

  /// How a source stands.
  enum State: Sendable {
    /// There may be more to read, or the source is not known to be at rest.
    case unfinished
    /// What it had was read and stored, as far as it can be without other sources.
    case atRest(isUndecided: Bool)
  }

  /// How much is read at once, and about how much is committed at once.
  private static let pieceBytes = 1 << 20
  /// More at once where a line is long, so that it is not searched again and again.
  private static let longPieceBytes = 4 << 20
  /// A log that is one document is held as a whole.
  private static let documentBytesMax = 256 << 20

  init(
    options: LogImport.Options,
    file: LogPaths.Found,
    index: Int,
    progress: LogImport.Progress,
    visit: Visit = Visit()
  ) {
    self.options = options
    self.file = file
    self.index = index
    self.progress = progress
    self.visit = visit
    mark = visit.mark
  }

  mutating func run(_ pipe: ImportPipe) async throws {
    let source =
      try file.path.map { path throws(SourceProblem) in
        try SourceFile(path: path, shown: file.shown, mayWait: file.isNamed)
      } ?? SourceFile()
    guard source.waitForWriter(unless: options.isInterrupted) else { return }
    // What comes from a pipe comes once: nothing before it must be able to void it.
    if source.opened == nil { try await pipe.settle() }
    let path = source.opened == nil ? nil : file.path
    var cursor = try path.flatMap { try pipe.store.importCursor(of: $0) }
    // It is another file than the one that was read: that one may have been renamed just now.
    let stranger = source.opened.flatMap { opened in
      cursor.flatMap { $0.file == opened.file ? nil : $0 }
    }
    if let stranger, pipe.siblings.hold(stranger) { cursor = try await keptPlace(stranger, pipe) }
    if let opened = source.opened, let cursor, Self.isUnchanged(cursor, opened) {
      try await pipe.settle()
      pipe.report.filesUnchanged += 1
      state = .atRest(isUndecided: RememberedSource.isUndecided(cursor))
      return
    }
    var position = try Position(file: file, source: source, cursor: cursor, mark: mark)
    if let stranger, cursor == stranger, position.importer == nil {
      // Or this one was, and took the place of one that is gone.
      cursor = try await keptPlace(stranger, pipe)
      if cursor != stranger {
        try source.rewind()
        position = try Position(file: file, source: source, cursor: cursor, mark: mark)
      }
    }
    mark = nil
    if position.importer == nil { try findFormat(source, &position) }
    let isAtRest = try await read(source, &position, pipe)
    wasRead = true
    isTorn = position.isTorn
    mark = position.mark(source)
    if isAtRest { state = .atRest(isUndecided: position.importer?.isUndecided ?? false) }
    if source.opened == nil { try await pipe.settle() }
  }

  /// The cursor of this source once those of renamed files have gone with them.
  private func keptPlace(
    _ stranger: ImportCursor,
    _ pipe: ImportPipe
  ) async throws -> ImportCursor? {
    // A cursor that is still to be written would be left behind.
    try await pipe.settle()
    return try await RenamedSources(pipe.store).settle(beside: stranger.path)
  }

  private static func isUnchanged(
    _ cursor: ImportCursor,
    _ opened: SourceFile.Opened
  ) -> Bool {
    cursor.file == opened.file && cursor.size == opened.size && cursor.mtime == opened.mtime
  }

  // MARK: Format

  /// Reads enough of the source to know its format.
  private func findFormat(_ source: SourceFile, _ position: inout Position) throws {
    var isAtEnd = false
    var format = options.format
    repeat {
      if try source.read(Self.pieceBytes, into: &position.buffer) == 0 { isAtEnd = true }
      if isAtEnd, let damage = source.damage, !position.isTorn {
        throw SourceProblem(.damaged, "\(file.shown): \(damage)")
      }
      try SourceKind.check(position.buffer, shown: file.shown, isAtEnd: isAtEnd)
      if options.format == nil {
        format = position.buffer.withUnsafeBytes { head in
          LogFormat.detect(head)
        }
      }
      let isEnough = position.buffer.contains(0x0A)
      if format != nil || isAtEnd || isEnough { break }
    } while position.buffer.count < LongLine.keptBytesMax
    guard let format else {
      throw SourceKind.unknown(position.buffer, shown: file.shown)
    }
    position.start(format)
  }

  static func baseName(_ path: String) -> String {
    let name = path.split(separator: "/").last.map(String.init) ?? path
    guard let dot = name.firstIndex(of: "."), dot != name.startIndex else { return name }
    return String(name[..<dot])
  }

  // MARK: Lines

  /// Reads to the end, if nobody interrupts; answers whether the source is at rest there.
  private mutating func read(
    _ source: SourceFile,
    _ position: inout Position,
    _ pipe: ImportPipe
  ) async throws -> Bool {
    pipe.discard()
    let bytesBefore = progress.bytes
    var taken = Position.Taken()
    var isAtEnd = false
    // What was read to find the format comes first.
    taken.isSpent = position.buffer.isEmpty
    var isDone = false
    while !isDone {
      if taken.isSpent { isAtEnd = try fill(source, &position) }
      let more = position.take(isEnd: isAtEnd, into: &pipe.sink)
      taken.lines += more.lines
      taken.bytes += more.bytes
      taken.isSpent = more.isSpent
      if position.isJunk {
        pipe.discard()
        throw SourceProblem(
          .junk,
          "the first \(Position.junkLinesMax) lines of \(file.shown) are not of a log of the format "
            + "\(position.format); nothing was imported; name another file, or its format with --format"
        )
      }
      isDone = isAtEnd && more.isSpent
      let isAtRest = isDone && !visit.isGrowing
      if isAtRest { position.atRest(&pipe.sink) }
      if isDone {
        if let damage = source.damage { position.report(damage: damage, &pipe.sink) }
      }
      // Nothing new, and nothing to be settled.
      if isDone, !isAtRest, taken.bytes == 0, position.stored != nil { return false }
      if isDone, !isAtRest { position.pause(&pipe.sink) }
      if isDone, position.isNew, position.isWithoutConversation(pipe.sink) {
        pipe.discard()
        throw SourceProblem(
          .withoutConversation,
          "\(file.shown) holds no conversation as yet; nothing was imported"
        )
      }
      guard isDone || taken.bytes >= Self.pieceBytes || !more.isSpent else { continue }
      let cursor = source.opened.map { position.cursor($0, isAtEnd: isAtRest) }
      let step = cursor.map { ImportStep(from: position.stored, to: $0) }
      try await pipe.submit(
        ImportPipe.Batch(
          source: index,
          shown: file.shown,
          format: position.format,
          unread: position.takeUnread(before: cursor),
          step: step,
          lines: taken.lines,
          bytes: taken.bytes,
          end: isDone ? .init(isTorn: position.isTorn) : nil
        )
      )
      taken.lines = 0
      taken.bytes = 0
      progress.bytes = bytesBefore + (source.packedOffset ?? position.offset)
      progress.bytesRead = pipe.report.bytes
      progress.events = pipe.report.events
      options.progress(progress)
      if isDone { return isAtRest }
      if options.isInterrupted() { return false }
    }
    return false
  }

  /// Reads on; answers whether the source is at its end.
  private func fill(_ source: SourceFile, _ position: inout Position) throws -> Bool {
    let held = position.buffer.count
    var count = min(max(Self.pieceBytes, held), Self.longPieceBytes)
    if held > Self.longPieceBytes, position.isInDocument {
      count = held
      guard held <= Self.documentBytesMax else {
        throw SourceProblem(
          .tooLong,
          "\(file.shown) is one JSON document of more than \(held >> 20) MB, which is not read; "
            + "write it as JSON Lines"
        )
      }
    }
    return try source.read(count, into: &position.buffer) == 0
  }
}
