internal import Events
internal import RunDigest

/// Where an import stands in a source, and the bytes that it has at hand.
struct Position {
  private let path: String?
  private let source: LogSource
  private(set) var importer: (any LogImporter)?
  private(set) var format = ""
  /// What begins at ``offset``.
  var buffer: [UInt8] = []
  private(set) var offset: Int64 = 0
  /// The number of the last line that was read.
  private var line: Int64 = 0
  /// The cursor that the store has of this source.
  private(set) var stored: ImportCursor?
  private var generation: Int64 = 1
  private var hash = PrefixHash()
  /// An importer that remembers the generation before, should the format still be the same.
  private var earlier: (format: String, importer: any LogImporter)?
  /// The lines of the entries in the sink.
  private var lines: [Int] = []

  /// Goes on from a cursor where the source has only grown since, else begins anew.
  init(
    file: LogPaths.Found,
    source opened: SourceFile,
    cursor: ImportCursor?,
    mark: ReadMark? = nil
  ) throws {
    path = file.path
    source = LogSource(name: file.path.map(SourceImport.baseName))
    stored = cursor
    guard let cursor else { return }
    generation = cursor.generation
    guard let checkpoint = ImportCheckpoint(cursor.state),
      let known = LogFormat.named(checkpoint.format)
    else {
      generation += 1
      return
    }
    let decoded = try? known.importer(for: source, decoding: checkpoint.importer)
    if let decoded, try hasGrown(opened, cursor, mark) {
      importer = decoded
      format = known.name
      offset = cursor.offset
      line = checkpoint.lines
      return
    }
    // Replaced, cut, or remembered by another version: all of it again, only the new is stored.
    generation += 1
    hash = PrefixHash()
    try opened.seek(to: 0)
    guard var decoded else { return }
    decoded.startOver()
    earlier = (known.name, decoded)
  }

  /// Whether the file still begins as it did; if so it stands behind that beginning.
  private mutating func hasGrown(
    _ opened: SourceFile,
    _ cursor: ImportCursor,
    _ mark: ReadMark?
  ) throws -> Bool {
    guard let identity = opened.identity, identity.size >= cursor.offset else { return false }
    if let mark, let known = try mark.goOn(in: opened, from: cursor) {
      hash = known
      return true
    }
    var left = cursor.offset
    var piece: [UInt8] = []
    while left > 0 {
      piece.removeAll(keepingCapacity: true)
      let count = try opened.read(Int(min(left, 1 << 20)), into: &piece)
      guard count > 0 else { return false }
      piece.withUnsafeBytes { hash.update($0) }
      left -= Int64(count)
    }
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

  /// Whether what is left at the end is the beginning of a line.
  var isTorn: Bool {
    buffer.contains { ![0x00, 0x20, 0x09, 0x0D].contains($0) }
  }

  // MARK: Lines

  /// Hands the whole lines at hand to the importer.
  mutating func take(
    isEnd: Bool,
    into sink: inout ImportedEvents
  ) -> (lines: Int64, bytes: Int) {
    let first = line
    let isStart = offset == 0
    var bytes: [UInt8] = []
    swap(&bytes, &buffer)
    let done = bytes.withUnsafeBytes { text -> Int in
      let done = LogLines.split(text, isStart: isStart, isEnd: isEnd) { content, end in
        line += 1
        guard !content.isEmpty else { return }
        importer?.read(line: content, number: Int(line), into: &sink)
        while lines.count < sink.entries.count { lines.append(Int(line)) }
      }
      hash.update(UnsafeRawBufferPointer(rebasing: text[..<done]))
      return done
    }
    let taken = line - first
    // A last line without its end goes on under its number, should more of it come.
    if done > 0, bytes[done - 1] != 0x0A, taken > 0 { line -= 1 }
    bytes.removeFirst(done)
    buffer = bytes
    offset += Int64(done)
    return (taken, done)
  }

  mutating func atRest(_ sink: inout ImportedEvents) {
    importer?.atRest(into: &sink)
    while lines.count < sink.entries.count { lines.append(Int(line)) }
  }

  /// The line that an entry of the sink came from.
  func line(ofEntry index: Int) -> Int {
    index < lines.count ? lines[index] : Int(line)
  }

  mutating func didCommit(_ cursor: ImportCursor?) {
    stored = cursor
    lines.removeAll(keepingCapacity: true)
  }

  /// What spares the next visit to read all of this again.
  func mark(_ opened: SourceFile) -> ReadMark? {
    ReadMark(opened, offset: offset, hash: hash)
  }

  /// The cursor to be stored with what was read so far.
  ///
  /// Before the end it has no time of change: the file must not pass for one that was read whole.
  func cursor(_ identity: SourceFile.Identity, isAtEnd: Bool) -> ImportCursor {
    ImportCursor(
      path: path ?? "",
      device: identity.device,
      inode: identity.inode,
      size: identity.size,
      mtime: isAtEnd ? identity.mtime : 0,
      offset: offset,
      prefixHash: hash.value,
      generation: generation,
      state: ImportCheckpoint(
        format: format,
        lines: line,
        importer: importer
      ).bytes
    )
  }
}
