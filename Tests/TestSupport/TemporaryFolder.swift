internal import Foundation
internal import Glibc

/// A folder of its own for one test, removed with everything in it at the end.
// Unchecked: the one thing in it that changes has a lock.
package final class TemporaryFolder: @unchecked Sendable {
  package let path: String
  private let lock = NSLock()
  private var isKept = false

  /// `inMemory` asks for one without a disk behind it, where there is such a place.
  package init(inMemory: Bool = false) throws {
    let parent = inMemory && access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp"
    var template = Array("\(parent)/rundigest-test-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else {
      throw POSIXError(POSIXError.Code(rawValue: errno) ?? .EIO)
    }
    path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

  deinit {
    if !isKept { Self.remove(path) }
  }

  /// Leaves it behind, for somebody to look at.
  package func keep() { lock.withLock { isKept = true } }

  package func file(_ name: String = "runs.sqlite") -> String { path + "/" + name }

  private static func remove(_ path: String) {
    for name in names(in: path) { remove(path + "/" + name) }
    Glibc.remove(path)
  }
}

/// The names in a folder, none when it is no folder; links are not followed.
package func names(in folder: String) -> [String] {
  var status = stat()
  guard lstat(folder, &status) == 0, status.st_mode & S_IFMT == S_IFDIR,
    let listing = opendir(folder)
  else { return [] }
  defer { closedir(listing) }
  var names: [String] = []
  while let entry = readdir(listing) {
    let name = withUnsafeBytes(of: entry.pointee.d_name) {
      String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
    }
    if name != ".", name != ".." { names.append(name) }
  }
  return names
}
