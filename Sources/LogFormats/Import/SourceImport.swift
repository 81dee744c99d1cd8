internal import Events
internal import RunDigest

/// Imports what is new in one source.
///
/// 1. A file that is as it was is not opened again; one that grew, by the hash of what was read of
///    it, goes on where it was left; any other is a new generation, read from its beginning.
/// 2. Events and cursor are committed together, a piece of the file at a time, at the end of a line.
/// 3. A source that is at its end is at rest, and what its importer held back is stored, unless
///    somebody follows it who will say when it is: until then its cursor has no time of change.
/// 4. When another import was faster, with the source or with a request that both would bill, the
///    piece is void, and the source is read again from its cursor.
struct SourceImport {
  private let store: RunStore
  private let options: LogImport.Options
  private let file: LogPaths.Found
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
  enum Visit: Sendable {
    /// To its end, where it is at rest.
    case toRest
    /// To its end for now.
    case growing
  }

  enum State: Sendable {
    /// There may be more to read, or the source is not known to be at rest.
    case unfinished
    /// What it had was read and stored, as far as it can be without other sources.
    case atRest(isUndecided: Bool)
  }

  /// How much is read at once, and about how much is committed at once.
  private static let pieceBytes = 1 << 20
  /// A file whose first line is longer than this is no log.
  private static let headBytesMax = 256 << 20

  init(
    store: RunStore,
    options: LogImport.Options,
    file: LogPaths.Found,
    progress: LogImport.Progress,
    visit: Visit = .toRest,
    mark: ReadMark? = nil
  ) {
    self.store = store
    self.options = options
    self.file = file
    self.progress = progress
    self.visit = visit
    self.mark = mark
  }

  mutating func run(_ report: inout ImportReport) async throws {
    while true {
      do {
        return try await attempt(&report)
      } catch is ImportConflict {
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
      state = .atRest(isUndecided: RememberedSource.isUndecided(cursor))
      return try await IdleSealing(store, options).seal(cursor, &report)
    }
    var position = try Position(file: file, source: source, cursor: cursor, mark: mark)
    mark = nil
    if position.importer == nil { try findFormat(source, &position) }
    let isAtRest = try await read(source, &position, &report)
    wasRead = true
    isTorn = position.isTorn
    report.filesRead += 1
    if isTorn { report.filesTorn += 1 }
    mark = position.mark(source)
    guard isAtRest else { return }
    state = .atRest(isUndecided: position.importer?.isUndecided ?? false)
    if let cursor = position.stored { try await IdleSealing(store, options).seal(cursor, &report) }
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
        format = position.buffer.withUnsafeBytes { head in
          LogFormat.detect(head)
        }
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

  /// Reads to the end, if nobody interrupts; answers whether the source is at rest there.
  private mutating func read(
    _ source: SourceFile,
    _ position: inout Position,
    _ report: inout ImportReport
  ) async throws -> Bool {
    let billers = Billers(store)
    var sink = billers.makeSink()
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
      let isAtRest = isAtEnd && visit == .toRest
      if isAtRest { position.atRest(&sink) }
      try billers.check()
      if isAtEnd || taken.bytes >= Self.pieceBytes {
        if isAtRest || taken.bytes > 0 || position.stored == nil {
          let cursor = source.identity.map { position.cursor($0, isAtEnd: isAtRest) }
          try await commit(&sink, cursor, &position, &report)
        }
        report.lines += taken.lines
        report.bytes += taken.bytes
        taken = (0, 0)
        progress.bytes = bytesBefore + position.offset
        progress.bytesRead = report.bytes
        progress.events = report.events
        options.progress(progress)
        if !isAtEnd, options.isInterrupted() { return false }
      }
    }
    return visit == .toRest
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
      step: cursor.map { ImportStep(from: position.stored, to: $0) },
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
    position.didCommit(cursor)
  }

  private func refuse(_ line: Int, _ reason: String, _ report: inout ImportReport) {
    report.unread += 1
    let problem = ImportReport.Problem(source: file.shown, line: line, reason: reason)
    report.add(problem)
    options.problem(problem)
  }
}
