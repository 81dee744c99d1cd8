internal import Glibc

/// How a file or folder was when it was last looked at: where it differs, something happened.
struct FileStamp: Hashable {
  let identity: FileIdentity
  private var size: Int64
  private var mtime: Int64
  /// Changes with permissions too: a file may have become readable.
  private var ctime: Int64

  init(_ status: stat) {
    identity = FileIdentity(status)
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
