internal import CSQLite
internal import Glibc

/// Writes what a transaction adds to the write-ahead log in large pieces.
///
/// SQLite writes each page of its log in two pieces, 24 bytes and then the page, and a commit of a
/// hundred agents' events has a hundred pages: the calls are a third of the cost of an append. Here
/// pieces that follow each other are put together, and written when SQLite asks for the log to be
/// synced, which with `PRAGMA synchronous = FULL` is the last thing before it shows a commit to
/// others. What holds:
///
/// 1. When SQLite shows a commit, all of it has been handed to the kernel, or the commit has failed: a
///    write that fails here fails the sync that it was made for.
/// 2. A sync for a commit only writes: a commit is in the kernel, as with `synchronous = NORMAL`. A
///    sync for a checkpoint or for a log that is started over goes to the disk; SQLite marks those as
///    `SQLITE_SYNC_FULL` with `PRAGMA checkpoint_fullfsync = ON`.
/// 3. Nothing is kept beyond the transaction: what was not committed is dropped while the gate is
///    still held (see ``Writer``). Else it would come to lie over what another process commits there.
/// 4. On demand the log is made longer ahead of what is written, by zeros: to sync a file that has become
///    longer puts on disk what the file system notes of its length and blocks as well, and takes up to
///    four times as long. SQLite takes zeros for the end of its log, and writes over them. Space that is
///    only reserved (`fallocate`) is no help: to write into it is noted in the same way.
///
/// A SQLite VFS <https://sqlite.org/vfs.html> around the default one, for the writer's connection;
/// all files but the log are the default's own.
enum LogVFS {
  /// The name to open a connection with; `nil` if SQLite took no VFS, which costs speed alone.
  static let name: String? = register() ? ownName : nil

  private static let ownName = "rundigest-log"

  /// How many bytes are put together at most.
  ///
  /// SQLite's own VFS cuts a write to 131 071 bytes, and takes what is a multiple of 131 072 for a full disk.
  static let bytesMax = 96 << 10

  /// How many bytes of zeros are put behind what is written, where they are wanted.
  static let aheadBytes = 512 << 10

  /// Wants the log of a connection to be made longer ahead of what is written from now on.
  static func writeAhead(of database: OpaquePointer) {
    log(of: database)?.pointee.isAhead = true
  }

  /// Forgets what a connection has not written of its log: of a transaction that is not committed.
  static func dropUnwritten(of database: OpaquePointer) {
    log(of: database)?.pointee.count = 0
  }

  /// How many bytes of its log a connection has not written.
  static func unwrittenCount(of database: OpaquePointer) -> Int {
    log(of: database)?.pointee.count ?? 0
  }

  /// The log of a connection, if it has one open that is written here.
  private static func log(of database: OpaquePointer) -> UnsafeMutablePointer<JoinedFile>? {
    var file: UnsafeMutablePointer<sqlite3_file>?
    let code = sqlite3_file_control(database, nil, SQLITE_FCNTL_JOURNAL_POINTER, &file)
    guard code == SQLITE_OK, let file, file.pointee.pMethods == UnsafePointer(methods) else {
      return nil
    }
    return JoinedFile.at(file)
  }

  private static func register() -> Bool {
    guard let base = sqlite3_vfs_find(nil), let name = strdup(ownName),
      MemoryLayout<JoinedFile>.offset(of: \.file) == 0
    else { return false }
    let vfs = UnsafeMutablePointer<sqlite3_vfs>.allocate(capacity: 1)
    vfs.initialize(to: base.pointee)
    vfs.pointee.pNext = nil
    vfs.pointee.zName = UnsafePointer(name)
    vfs.pointee.szOsFile = Int32(JoinedFile.innerOffset) + base.pointee.szOsFile
    vfs.pointee.xOpen = { _, name, file, flags, outFlags in
      guard let file, let base = LogVFS.base else { return SQLITE_CANTOPEN }
      guard flags & SQLITE_OPEN_WAL != 0 else {
        return base.pointee.xOpen?(base, name, file, flags, outFlags) ?? SQLITE_CANTOPEN
      }
      return JoinedFile.open(file, base, name, flags, outFlags)
    }
    self.base = base
    return sqlite3_vfs_register(vfs, 0) == SQLITE_OK
  }

  // Set once, before the VFS is registered, and only read from then on.
  private nonisolated(unsafe) static var base: UnsafeMutablePointer<sqlite3_vfs>?

  // Made once, then only read, and never freed: SQLite calls through it for as long as the process lives.
  fileprivate nonisolated(unsafe) static let methods = {
    let methods = UnsafeMutablePointer<sqlite3_io_methods>.allocate(capacity: 1)
    methods.initialize(to: JoinedFile.methods)
    return methods
  }()
}

/// A log file as SQLite sees it: what is not written yet, and behind it in memory the default VFS's file.
private struct JoinedFile {
  // First, as SQLite demands.
  var file: sqlite3_file
  var bytes: UnsafeMutableRawPointer
  /// Where in the file the bytes belong.
  var start: Int64 = 0
  var count = 0
  /// Whether the file is to be made longer ahead of what is written.
  var isAhead = false
  /// How long it is at least, as far as that was looked at.
  var length: Int64 = 0

  static let innerOffset = (MemoryLayout<JoinedFile>.size + 15) & ~15

  static func at(_ file: UnsafeMutablePointer<sqlite3_file>) -> UnsafeMutablePointer<JoinedFile> {
    UnsafeMutableRawPointer(file).assumingMemoryBound(to: JoinedFile.self)
  }

  static func inner(
    _ file: UnsafeMutablePointer<sqlite3_file>
  ) -> UnsafeMutablePointer<sqlite3_file> {
    (UnsafeMutableRawPointer(file) + innerOffset).assumingMemoryBound(to: sqlite3_file.self)
  }

  static func open(
    _ file: UnsafeMutablePointer<sqlite3_file>,
    _ base: UnsafeMutablePointer<sqlite3_vfs>,
    _ name: sqlite3_filename?,
    _ flags: Int32,
    _ outFlags: UnsafeMutablePointer<Int32>?
  ) -> Int32 {
    let code = base.pointee.xOpen?(base, name, inner(file), flags, outFlags) ?? SQLITE_CANTOPEN
    guard code == SQLITE_OK else {
      // SQLite closes a file only if it has methods.
      file.pointee.pMethods = nil
      return code
    }
    at(file).initialize(
      to: JoinedFile(
        file: sqlite3_file(pMethods: LogVFS.methods),
        bytes: .allocate(byteCount: LogVFS.bytesMax, alignment: 16)
      )
    )
    return SQLITE_OK
  }

  /// Writes what was put together.
  ///
  /// What fails is forgotten: nobody writes it a second time.
  static func flush(_ file: UnsafeMutablePointer<sqlite3_file>) -> Int32 {
    let joined = at(file)
    let count = joined.pointee.count
    guard count > 0 else { return SQLITE_OK }
    joined.pointee.count = 0
    let code = write(file, joined.pointee.bytes, Int32(count), joined.pointee.start)
    if code == SQLITE_OK, joined.pointee.isAhead {
      lengthen(file, beyond: joined.pointee.start + Int64(count))
    }
    return code
  }

  /// Puts zeros behind what was written up to the end of the file.
  ///
  /// Best effort: where there is no room for zeros, whoever writes there will say so.
  private static func lengthen(_ file: UnsafeMutablePointer<sqlite3_file>, beyond end: Int64) {
    let joined = at(file)
    guard end > joined.pointee.length else { return }
    var size: Int64 = 0
    guard passed(file, { $1.xFileSize?($0, &size) }) == SQLITE_OK else { return }
    joined.pointee.length = size
    guard size <= end else { return }
    // Free until the next page is written.
    joined.pointee.bytes.initializeMemory(as: UInt8.self, repeating: 0, count: LogVFS.bytesMax)
    var offset = end
    while offset < end + Int64(LogVFS.aheadBytes) {
      guard write(file, joined.pointee.bytes, Int32(LogVFS.bytesMax), offset) == SQLITE_OK else {
        return
      }
      offset += Int64(LogVFS.bytesMax)
    }
    joined.pointee.length = offset
  }

  private static func write(
    _ file: UnsafeMutablePointer<sqlite3_file>,
    _ bytes: UnsafeRawPointer?,
    _ count: Int32,
    _ offset: Int64
  ) -> Int32 {
    let inner = inner(file)
    return inner.pointee.pMethods?.pointee.xWrite?(inner, bytes, count, offset)
      ?? SQLITE_IOERR
  }

  private static func add(
    _ file: UnsafeMutablePointer<sqlite3_file>,
    _ bytes: UnsafeRawPointer,
    _ count: Int32,
    _ offset: Int64
  ) -> Int32 {
    let joined = at(file)
    let isNext = offset == joined.pointee.start + Int64(joined.pointee.count)
    if joined.pointee.count > 0, !isNext || joined.pointee.count + Int(count) > LogVFS.bytesMax {
      let code = flush(file)
      guard code == SQLITE_OK else { return code }
    }
    guard count <= LogVFS.bytesMax else { return write(file, bytes, count, offset) }
    if joined.pointee.count == 0 { joined.pointee.start = offset }
    (joined.pointee.bytes + joined.pointee.count).copyMemory(from: bytes, byteCount: Int(count))
    joined.pointee.count += Int(count)
    return SQLITE_OK
  }

  /// Calls the default VFS's file, once all is written that was put together.
  private static func flushed(
    _ file: UnsafeMutablePointer<sqlite3_file>?,
    _ call: (UnsafeMutablePointer<sqlite3_file>, sqlite3_io_methods) -> Int32?
  ) -> Int32 {
    guard let file else { return SQLITE_MISUSE }
    let code = flush(file)
    guard code == SQLITE_OK else { return code }
    return passed(file, call)
  }

  private static func passed(
    _ file: UnsafeMutablePointer<sqlite3_file>?,
    _ call: (UnsafeMutablePointer<sqlite3_file>, sqlite3_io_methods) -> Int32?
  ) -> Int32 {
    guard let file, let methods = inner(file).pointee.pMethods else { return SQLITE_MISUSE }
    return call(inner(file), methods.pointee) ?? SQLITE_MISUSE
  }

  /// Version 1: shared memory is the database file's, not the log's.
  static var methods: sqlite3_io_methods {
    var methods = sqlite3_io_methods()
    methods.iVersion = 1
    methods.xClose = { file in
      guard let file else { return SQLITE_MISUSE }
      JoinedFile.at(file).pointee.bytes.deallocate()
      return JoinedFile.passed(file) { $1.xClose?($0) }
    }
    methods.xRead = { file, bytes, count, offset in
      // Pages of the open transaction that its connection had no memory to keep.
      JoinedFile.flushed(file) { $1.xRead?($0, bytes, count, offset) }
    }
    methods.xWrite = { file, bytes, count, offset in
      guard let file, let bytes else { return SQLITE_MISUSE }
      return JoinedFile.add(file, bytes, count, offset)
    }
    methods.xTruncate = { file, size in
      if let file { JoinedFile.at(file).pointee.length = 0 }
      return JoinedFile.flushed(file) { $1.xTruncate?($0, size) }
    }
    methods.xSync = { file, flags in
      JoinedFile.flushed(file) { inner, methods in
        guard flags & 0x0F == SQLITE_SYNC_FULL else { return SQLITE_OK }
        return methods.xSync?(inner, flags)
      }
    }
    methods.xFileSize = { file, size in JoinedFile.flushed(file) { $1.xFileSize?($0, size) } }
    methods.xLock = { file, level in JoinedFile.passed(file) { $1.xLock?($0, level) } }
    methods.xUnlock = { file, level in JoinedFile.passed(file) { $1.xUnlock?($0, level) } }
    methods.xCheckReservedLock = { file, answer in
      JoinedFile.passed(file) { $1.xCheckReservedLock?($0, answer) }
    }
    methods.xFileControl = { file, operation, argument in
      JoinedFile.passed(file) { $1.xFileControl?($0, operation, argument) }
    }
    methods.xSectorSize = { file in JoinedFile.passed(file) { $1.xSectorSize?($0) } }
    methods.xDeviceCharacteristics = { file in
      JoinedFile.passed(file) { $1.xDeviceCharacteristics?($0) }
    }
    return methods
  }
}
