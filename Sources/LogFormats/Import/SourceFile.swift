internal import Glibc

/// A file, packed or not, a folder of events, or a pipe that a log is read from.
///
/// Confined to the one who opened it.
final class SourceFile {
  /// Which file it is, and how it was when it was opened.
  struct Opened: Hashable {
    var file: FileIdentity
    var size: Int64
    /// In nanoseconds.
    var mtime: Int64
  }

  private let descriptor: Int32
  private let shown: String
  /// `nil` for pipes, which cannot be gone back in.
  let opened: Opened?
  private let packing: Packing?
  /// Whether it is a named pipe.
  private var isPipe = false
  /// The files of a log that has one for each event.
  private let events: EventFolderReader?
  private var unpacker: Unpacker?
  /// What is wrong with a packed file, once all that could be unpacked was read.
  private(set) var damage: String?
  /// What the system reads into.
  private let chunk: UnsafeMutableRawBufferPointer

  /// Opens a path; a pipe only where it may be waited for.
  convenience init(path: String, shown: String, mayWait: Bool) throws(SourceProblem) {
    // Not to wait for a writer, should it be a pipe that nobody writes to.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)
    guard descriptor >= 0 else { throw SourceProblem(path: shown, errno: errno) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
      let code = errno
      close(descriptor)
      throw SourceProblem(path: shown, errno: code)
    }
    switch status.st_mode & S_IFMT {
    case S_IFREG:
      self.init(
        descriptor,
        shown,
        opened: Opened(status),
        packing: Packing(Self.head(of: descriptor))
      )
    case S_IFDIR where EventFolder.isOne(path):
      guard let folder = EventFolder(descriptor: descriptor) else {
        let code = errno
        close(descriptor)
        throw SourceProblem(path: shown, errno: code)
      }
      var opened = Opened(status)
      opened.size = folder.bytes
      opened.mtime = folder.mtime
      let events = EventFolderReader(folder, descriptor: descriptor)
      self.init(descriptor, shown, opened: opened, events: events)
    case S_IFIFO where mayWait:
      // Its writer is waited for, as that of standard input is.
      _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) & ~O_NONBLOCK)
      self.init(descriptor, shown)
      isPipe = true
    default:
      close(descriptor)
      throw SourceProblem(.unreadable, "\(shown) is no file; name one, or - for standard input")
    }
  }

  private init(
    _ descriptor: Int32,
    _ shown: String,
    opened: Opened? = nil,
    packing: Packing? = nil,
    events: EventFolderReader? = nil
  ) {
    self.descriptor = descriptor
    self.shown = shown
    self.opened = opened
    self.packing = packing
    self.events = events
    chunk = .allocate(byteCount: 1 << 20, alignment: 16)
  }

  /// Takes standard input, which is never gone back in.
  convenience init() {
    self.init(STDIN_FILENO, "standard input")
  }

  deinit {
    unpacker = nil
    if descriptor != STDIN_FILENO { close(descriptor) }
    chunk.deallocate()
  }

  private static func head(of descriptor: Int32) -> [UInt8] {
    var head = [UInt8](repeating: 0, count: 4)
    let count = pread(descriptor, &head, head.count, 0)
    return Array(head.prefix(max(0, count)))
  }

  /// Whether its bytes are others than those of the log in it.
  var isPacked: Bool { packing != nil }

  /// How much of a packed file has been unpacked.
  var packedOffset: Int64? {
    isPacked ? Int64(lseek(descriptor, 0, SEEK_CUR)) : nil
  }

  /// Reads up to `count` bytes to the end of a buffer; answers how many, 0 at the end.
  func read(_ count: Int, into buffer: inout [UInt8]) throws(SourceProblem) -> Int {
    var total = 0
    // An unpacker's pipe gives little at a time; one that somebody types into, what there is.
    repeat {
      let got = try readChunk(min(count - total, chunk.count))
      buffer += UnsafeRawBufferPointer(rebasing: chunk[..<got])
      total += got
      guard got > 0 else { break }
    } while isPacked && total < count
    if total == 0 { damage = unpacker?.damage() ?? damage }
    return total
  }

  /// Bytes from here to the size that a plain file had when it was opened; no limit for others.
  ///
  /// A file that grows while it is read is read to there, so that every visit ends.
  private var bytesLeft: Int {
    guard let opened, packing == nil, events == nil else { return .max }
    return max(0, Int(opened.size) - Int(lseek(descriptor, 0, SEEK_CUR)))
  }

  /// Waits for a process that writes to the pipe; returns `false` if it was interrupted first.
  ///
  /// Returns at once for anything but a pipe. The kernel says nothing of a pipe before its first
  /// writer: neither bytes, nor an end.
  func waitForWriter(unless isInterrupted: () -> Bool) -> Bool {
    guard isPipe else { return true }
    var events = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    while !isInterrupted() {
      let code = poll(&events, 1, 100)
      if code > 0 || code < 0 && errno != EINTR { return true }
    }
    return false
  }

  private func readChunk(_ count: Int) throws(SourceProblem) -> Int {
    if let packing, unpacker == nil {
      unpacker = try Unpacker(packing, file: descriptor, shown: shown)
    }
    guard let base = chunk.baseAddress else { return 0 }
    let count = min(count, bytesLeft)
    if count == 0 { return 0 }
    while true {
      let got =
        events?.read(into: base, count) ?? unpacker?.read(into: base, count)
        ?? Glibc.read(descriptor, base, count)
      if got >= 0 { return got }
      guard errno == EINTR else { throw SourceProblem(path: shown, errno: errno) }
    }
  }

  /// The bytes before an offset, fewer at the beginning of the file; `nil` where they are packed
  /// or not there.
  ///
  /// It does not move in the file.
  func tail(before offset: Int64, count: Int) -> [UInt8]? {
    guard !isPacked, opened != nil else { return nil }
    let count = min(count, Int(offset))
    var bytes = [UInt8](repeating: 0, count: count)
    let start = offset - Int64(count)
    let got = bytes.withUnsafeMutableBytes { bytes -> Int in
      guard let events else { return pread(descriptor, bytes.baseAddress, count, off_t(start)) }
      guard let base = bytes.baseAddress else { return 0 }
      let reader = EventFolderReader(events.folder, descriptor: descriptor, at: start)
      return reader.read(into: base, count)
    }
    return got == count ? bytes : nil
  }

  /// Goes to an offset of a file that is not packed.
  func seek(to offset: Int64) throws(SourceProblem) {
    if let events { return events.seek(to: offset) }
    guard lseek(descriptor, off_t(offset), SEEK_SET) >= 0 else {
      throw SourceProblem(path: shown, errno: errno)
    }
  }

  /// Goes back to the beginning.
  func rewind() throws(SourceProblem) {
    unpacker = nil
    damage = nil
    if let events { return events.seek(to: 0) }
    guard lseek(descriptor, 0, SEEK_SET) == 0 else {
      throw SourceProblem(path: shown, errno: errno)
    }
  }
}

extension SourceFile.Opened {
  fileprivate init(_ status: stat) {
    file = FileIdentity(status)
    size = Int64(status.st_size)
    mtime = Int64(status.st_mtim.tv_sec) * 1_000_000_000 + Int64(status.st_mtim.tv_nsec)
  }
}
