internal import Glibc

/// A file, pipe or terminal that a log is read from.
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

  fileprivate let descriptor: Int32
  private let closes: Bool
  /// `nil` for pipes and the like, which cannot be gone back in.
  let identity: Identity?

  /// Opens a path.
  init(path: String) throws(SourceProblem) {
    // Not to wait for a writer, should it be a pipe that nobody writes to.
    let opened = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY)
    guard opened >= 0 else { throw SourceProblem(path: path, errno: errno) }
    descriptor = opened
    closes = true
    identity = Self.identity(of: opened)
  }

  /// Takes standard input, which is never gone back in.
  init() {
    descriptor = STDIN_FILENO
    closes = false
    identity = nil
  }

  deinit {
    if closes { close(descriptor) }
  }

  private static func identity(of descriptor: Int32) -> Identity? {
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
    return Identity(
      device: Int64(status.st_dev),
      inode: Int64(truncatingIfNeeded: status.st_ino),
      size: Int64(status.st_size),
      mtime: Int64(status.st_mtim.tv_sec) * 1_000_000_000 + Int64(status.st_mtim.tv_nsec)
    )
  }

  /// Reads up to `count` bytes to the end of a buffer; answers how many, 0 at the end.
  func read(_ count: Int, into buffer: inout [UInt8]) throws(SourceProblem) -> Int {
    let old = buffer.count
    buffer.append(contentsOf: repeatElement(0, count: count))
    var got = 0
    var failure: Int32 = 0
    buffer.withUnsafeMutableBytes { bytes in
      guard let base = bytes.baseAddress else { return }
      repeat {
        got = Glibc.read(descriptor, base + old, count)
      } while got < 0 && errno == EINTR
      if got < 0 { failure = errno }
    }
    buffer.removeLast(count - max(0, got))
    guard got >= 0 else { throw SourceProblem(path: nil, errno: failure) }
    return got
  }

  func seek(to offset: Int64) throws(SourceProblem) {
    guard lseek(descriptor, off_t(offset), SEEK_SET) >= 0 else {
      throw SourceProblem(path: nil, errno: errno)
    }
  }
}

extension SourceFile {
  /// The bytes before an offset, fewer at the beginning of the file, without moving in it.
  func tail(before offset: Int64, count: Int) -> [UInt8]? {
    let count = min(count, Int(offset))
    var bytes = [UInt8](repeating: 0, count: count)
    let got = bytes.withUnsafeMutableBytes {
      pread(descriptor, $0.baseAddress, count, off_t(offset) - off_t(count))
    }
    return got == count ? bytes : nil
  }
}

/// Why a source as a whole could not be imported: one sentence.
package struct SourceProblem: Error, Sendable, Hashable {
  /// What kind of problem it is.
  package enum Kind: String, Sendable {
    case missing, unreadable, directoryWithoutLogs, empty, binary, compressed, unknownFormat
  }

  package var kind: Kind
  package var sentence: String

  init(_ kind: Kind, _ sentence: String) {
    self.kind = kind
    self.sentence = sentence
  }

  init(path: String?, errno code: Int32) {
    let what = path ?? "the source"
    switch code {
    case ENOENT, ENOTDIR:
      self.init(.missing, "there is no file \(what); check the path")
    case EACCES, EPERM:
      self.init(.unreadable, "\(what) may not be read; change its permissions")
    case ELOOP:
      self.init(.unreadable, "\(what) is a symbolic link in a ring; name the file itself")
    default:
      self.init(.unreadable, "\(what) cannot be read (\(String(cString: strerror(code))))")
    }
  }
}
