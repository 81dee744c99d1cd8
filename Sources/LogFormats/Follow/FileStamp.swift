internal import Glibc

/// How a file or folder was when it was last looked at: where it differs, something happened.
struct FileStamp: Hashable {
  /// Which file it is, whatever its name.
  struct Identity: Hashable {
    var device: UInt64
    var inode: UInt64

    init(device: UInt64, inode: UInt64) {
      self.device = device
      self.inode = inode
    }

    /// As it stands in the store, which has signed numbers.
    init(device: Int64, inode: Int64) {
      self.init(device: UInt64(bitPattern: device), inode: UInt64(bitPattern: inode))
    }

    /// Of what is at a path; `nil` where nothing is.
    init?(of path: String) {
      guard let stamp = FileStamp(of: path) else { return nil }
      self = stamp.identity
    }
  }

  let identity: Identity
  private var size: Int64
  private var mtime: Int64
  /// Changes with permissions too: a file may have become readable.
  private var ctime: Int64

  init(_ status: stat) {
    identity = Identity(device: UInt64(status.st_dev), inode: UInt64(status.st_ino))
    size = Int64(status.st_size)
    mtime = Self.nanoseconds(status.st_mtim)
    ctime = Self.nanoseconds(status.st_ctim)
  }

  /// Of what is at a path; `nil` where nothing is.
  init?(of path: String) {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    self.init(status)
  }

  /// How a folder was, with the file in it that is written last: what is written to that after it
  /// was made leaves the folder as it is.
  init(folder: stat, last: stat) {
    let (own, other) = (FileStamp(folder), FileStamp(last))
    identity = own.identity
    size = other.size
    mtime = max(own.mtime, other.mtime)
    ctime = max(own.ctime, other.ctime)
  }

  /// The time of the last change of its content, in nanoseconds since 1970.
  var modified: Int64 { mtime }

  /// Whether the last change is so long ago that another one would have another time, also on
  /// file systems that count in seconds.
  var isSettled: Bool {
    var now = timespec()
    clock_gettime(CLOCK_REALTIME, &now)
    return Self.nanoseconds(now) - max(mtime, ctime) > 2_000_000_000
  }

  private static func nanoseconds(_ time: timespec) -> Int64 {
    Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
  }
}
