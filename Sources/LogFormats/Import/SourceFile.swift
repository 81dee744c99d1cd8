internal import Glibc

/// A file, packed or not, or a pipe that a log is read from.
///
/// Confined to the one who opened it.
final class SourceFile {
  /// Which file it is, and how it was when it was opened.
  struct Identity: Hashable {
    var device: Int64
    var inode: Int64
    var size: Int64
    /// In nanoseconds.
    var mtime: Int64
  }

  private let descriptor: Int32
  private let closes: Bool
  private let shown: String
  /// `nil` for pipes, which cannot be gone back in.
  let identity: Identity?
  private let packing: Packing?
  private var unpacker: Unpacker?
  /// What is wrong with a packed file, once all that could be unpacked was read.
  private(set) var damage: String?

  /// Opens a path; a pipe only where it may be waited for.
  init(path: String, shown: String, mayWait: Bool) throws(SourceProblem) {
    // Not to wait for a writer, should it be a pipe that nobody writes to.
    let opened = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)
    guard opened >= 0 else { throw SourceProblem(path: shown, errno: errno) }
    descriptor = opened
    closes = true
    self.shown = shown
    var status = stat()
    guard fstat(opened, &status) == 0 else { throw SourceProblem(path: shown, errno: errno) }
    switch status.st_mode & S_IFMT {
    case S_IFREG:
      identity = Identity(status)
      packing = Packing(Self.head(of: opened))
    case S_IFIFO where mayWait:
      identity = nil
      packing = nil
      // One that somebody writes to is waited for, as standard input is.
      _ = fcntl(opened, F_SETFL, fcntl(opened, F_GETFL) & ~O_NONBLOCK)
    default:
      throw SourceProblem(.unreadable, "\(shown) is no file; name one, or - for standard input")
    }
  }

  /// Takes standard input, which is never gone back in.
  init() {
    descriptor = STDIN_FILENO
    closes = false
    shown = "standard input"
    identity = nil
    packing = nil
  }

  deinit {
    unpacker = nil
    if closes { close(descriptor) }
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
    if let packing, unpacker == nil {
      unpacker = try Unpacker(packing, file: descriptor, shown: shown)
    }
    let old = buffer.count
    buffer.append(contentsOf: repeatElement(0, count: count))
    var got = 0
    var failure: Int32 = 0
    buffer.withUnsafeMutableBytes { bytes in
      guard let base = bytes.baseAddress else { return }
      repeat {
        got =
          unpacker?.read(into: base + old, count) ?? Glibc.read(descriptor, base + old, count)
      } while got < 0 && errno == EINTR
      if got < 0 { failure = errno }
    }
    buffer.removeLast(count - max(0, got))
    guard got >= 0 else { throw SourceProblem(path: shown, errno: failure) }
    if got == 0 { damage = unpacker?.damage() ?? damage }
    return got
  }

  /// Goes back to the beginning.
  func rewind() throws(SourceProblem) {
    unpacker = nil
    damage = nil
    guard lseek(descriptor, 0, SEEK_SET) == 0 else {
      throw SourceProblem(path: shown, errno: errno)
    }
  }
}

extension SourceFile.Identity {
  fileprivate init(_ status: stat) {
    device = Int64(status.st_dev)
    inode = Int64(truncatingIfNeeded: status.st_ino)
    size = Int64(status.st_size)
    mtime = Int64(status.st_mtim.tv_sec) * 1_000_000_000 + Int64(status.st_mtim.tv_nsec)
  }
}
