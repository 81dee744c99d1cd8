import Glibc
import RunDigest
import Storage

/// A folder of its own for one test, removed with everything in it at the end.
final class TemporaryFolder: Sendable {
  let path: String
  private let isKept = Locked(false)

  /// `inMemory` asks for one without a disk behind it, where there is such a place.
  init(inMemory: Bool = false) throws {
    let parent = inMemory && access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp"
    var template = Array("\(parent)/rundigest-test-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw StoreError(.io, "mkdtemp") }
    path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

  deinit {
    if !isKept.withLock({ $0 }) { Self.remove(path) }
  }

  /// Leaves it behind, for somebody to look at.
  func keep() { isKept.withLock { $0 = true } }

  private static func remove(_ path: String) {
    for name in names(in: path) { remove(path + "/" + name) }
    Glibc.remove(path)
  }

  func file(_ name: String = "runs.sqlite") -> String { path + "/" + name }
}

/// The names in a folder, none when it is no folder; links are not followed.
func names(in folder: String) -> [String] {
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
