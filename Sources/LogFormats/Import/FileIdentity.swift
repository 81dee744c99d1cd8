internal import Glibc
internal import RunDigest

/// Which file it is, whatever its name; in signed numbers, as the store has them.
struct FileIdentity: Hashable {
  var device: Int64
  var inode: Int64

  init(device: Int64, inode: Int64) {
    self.device = device
    self.inode = inode
  }

  init(_ status: stat) {
    device = Int64(truncatingIfNeeded: status.st_dev)
    inode = Int64(truncatingIfNeeded: status.st_ino)
  }

  /// Of what is at a path; `nil` where nothing is.
  init?(of path: String) {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    self.init(status)
  }
}

extension ImportCursor {
  /// The file that it is of.
  var file: FileIdentity { FileIdentity(device: device, inode: inode) }
}
