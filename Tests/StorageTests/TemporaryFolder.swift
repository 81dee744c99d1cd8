import Glibc

@testable import Storage

/// A folder of its own for one test, removed with everything in it at the end.
final class TemporaryFolder: Sendable {
  let path: String

  init() throws {
    var template = Array("/tmp/rundigest-test-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw StorageError(.unwritable, "mkdtemp") }
    path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

  deinit {
    Self.remove(path)
  }

  private static func remove(_ path: String) {
    for name in names(in: path) { remove(path + "/" + name) }
    Glibc.remove(path)
  }

  func file(_ name: String = "runs.sqlite") -> String { path + "/" + name }

  /// A store, created and migrated.
  func writer(_ name: String = "runs.sqlite") throws -> Writer {
    try Writer(path: StorageFile.prepare(file(name), .create), wait: .until(.max))
  }
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

/// Permission bits of a file.
func mode(of path: String) -> UInt32 {
  var status = stat()
  return stat(path, &status) == 0 ? status.st_mode & 0o777 : 0
}

/// Runs a test's body and gives back the code of the ``StorageError`` that it threw.
func refusal(_ body: () throws -> Void) -> StorageError.Code? {
  do {
    try body()
    return nil
  } catch let error as StorageError {
    return error.code
  } catch {
    return nil
  }
}
