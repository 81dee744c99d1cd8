internal import Events
internal import RunDigest

/// Imports what is new in one source.
///
/// 1. A file that is as it was is not opened again; one that grew, by the hash of what was read of
///    it, goes on where it was left; any other is a new generation, read from its beginning.
/// 2. Events and cursor are committed together, a piece of the file at a time, at the end of a line.
/// 3. A request that another run was billed for while a piece was read makes the piece void: the
///    source is read again from its cursor.
struct SourceImport {
  private let store: RunStore
  private let options: LogImport.Options
  private let file: LogPaths.Found
  private var progress: LogImport.Progress

  /// How much is read at once, and about how much is committed at once.
  private static let pieceBytes = 1 << 20
  /// A file whose first line is longer than this is no log.
  private static let headBytesMax = 256 << 20

  init(
    store: RunStore,
    options: LogImport.Options,
    file: LogPaths.Found,
    progress: LogImport.Progress
  ) {
    self.store = store
    self.options = options
    self.file = file
    self.progress = progress
  }

  mutating func run(_ report: inout ImportReport) async throws {
    while true {
      do {
        return try await attempt(&report)
      } catch is BilledMeanwhile {
        guard file.path != nil else {
          throw StoreError(
            .conflict,
            "another import billed the same requests just now; pipe the log in again"
          )
        }
      }
    }
  }

  private mutating func attempt(_ report: inout ImportReport) async throws {
    let source =
      try file.path.map { path throws(SourceProblem) in try SourceFile(path: path) }
      ?? SourceFile()
    let cursor = try file.path.flatMap { try store.importCursor(of: $0) }
    if let identity = source.identity, let cursor, Self.isUnchanged(cursor, identity) {
      report.filesUnchanged += 1
      return try await IdleSealing(store, options).seal(cursor, &report)
    }
    var position = try Position(file: file, source: source, cursor: cursor)
    if position.importer == nil { try findFormat(source, &position) }
    try await read(source, &position, &report)
    report.filesRead += 1
    if position.isTorn { report.filesTorn += 1 }
    if let identity = source.identity {
      let cursor = position.cursor(identity, isAtEnd: true)
      try await IdleSealing(store, options).seal(cursor, &report)
    }
  }

  private static func isUnchanged(
    _ cursor: ImportCursor,
    _ identity: SourceFile.Identity
  ) -> Bool {
    cursor.device == identity.device && cursor.inode == identity.inode
      && cursor.size == identity.size && cursor.mtime == identity.mtime
  }

  // MARK: Format

  /// Reads enough of the source to know its format.
  private func findFormat(_ source: SourceFile, _ position: inout Position) throws {
    var isAtEnd = false
    var format = options.format
    repeat {
      if try source.read(Self.pieceBytes, into: &position.buffer) == 0 { isAtEnd = true }
      try SourceKind.check(position.buffer, shown: file.shown, isAtEnd: isAtEnd)
      if options.format == nil {
        format = position.buffer.withUnsafeBytes { LogFormat.detect($0) }
      }
      let isEnough = position.buffer.contains(0x0A)
      if format != nil || isAtEnd || isEnough { break }
    } while position.buffer.count < Self.headBytesMax
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

  private mutating func read(
    _ source: SourceFile,
    _ position: inout Position,
    _ report: inout ImportReport
  ) async throws {
    let store = store
    var lookUp: (any Error)?
    var sink = ImportedEvents { request, run in
      do {
        return try store.biller(of: request).map { $0 != run.rawValue } ?? false
      } catch {
        lookUp = error
        return false
      }
    }
    let bytesBefore = progress.bytes
    var taken: (lines: Int64, bytes: Int64) = (0, 0)
    var isAtEnd = false
    // What was read to find the format comes first.
    var isFilled = !position.buffer.isEmpty
    while !isAtEnd {
      if !isFilled {
        // More at once where a line is very long, so that it is not searched again and again.
        let count = max(Self.pieceBytes, position.buffer.count)
        isAtEnd = try source.read(count, into: &position.buffer) == 0
      }
      isFilled = false
      let (lines, bytes) = position.take(isEnd: isAtEnd, into: &sink)
      taken.lines += lines
      taken.bytes += Int64(bytes)
      if isAtEnd { position.atRest(&sink) }
      if let lookUp { throw lookUp }
      if isAtEnd || taken.bytes >= Self.pieceBytes {
        let cursor = source.identity.map { position.cursor($0, isAtEnd: isAtEnd) }
        try await commit(&sink, cursor, &position, &report)
        report.lines += taken.lines
        report.bytes += taken.bytes
        taken = (0, 0)
        progress.bytes = bytesBefore + position.offset
        progress.events = report.events
        options.progress(progress)
        if options.isInterrupted() { return }
      }
    }
  }

  // MARK: Committing

  private func commit(
    _ sink: inout ImportedEvents,
    _ cursor: ImportCursor?,
    _ position: inout Position,
    _ report: inout ImportReport
  ) async throws {
    var keys: [RunID: RunKey] = [:]
    let entries = try sink.entries.map { entry in
      let key = try keys[entry.run] ?? RunKey(entry.run.rawValue)
      keys[entry.run] = key
      return ImportEntry(run: key, seq: entry.seq, event: entry.event, bills: entry.bills)
    }
    let isForeign = position.format != LogFormat.events.name
    let outcomes = try await store.storeImported(
      entries,
      cursor: cursor,
      rules: ImportRules(keepsFirst: isForeign, resumesSealed: isForeign)
    )
    for problem in sink.problems {
      refuse(problem.line, problem.reason, &report)
    }
    for (index, outcome) in outcomes.enumerated() {
      switch outcome {
      case .appended:
        report.events += 1
        report.touched(sink.entries[index].run)
      case .duplicate:
        report.duplicates += 1
      case .refused(let reason):
        refuse(position.line(ofEntry: index), reason, &report)
      }
    }
    sink.removeAll()
    position.didCommit()
  }

  private func refuse(_ line: Int, _ reason: String, _ report: inout ImportReport) {
    report.unread += 1
    let problem = ImportReport.Problem(source: file.shown, line: line, reason: reason)
    report.add(problem)
    options.problem(problem)
  }
}
