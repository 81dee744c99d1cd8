internal import Glibc
package import Storage

extension TemporaryFolder {
  /// A store, created and migrated.
  package func writer(_ name: String = "runs.sqlite") throws -> Writer {
    try Writer(path: StorageFile.prepare(file(name), .create), wait: .until(.max))
  }
}

/// Permission bits of a file.
package func mode(of path: String) -> UInt32 {
  var status = stat()
  return stat(path, &status) == 0 ? status.st_mode & 0o777 : 0
}

/// Runs a test's body and gives back the code of the ``StorageError`` that it threw.
package func refusal(_ body: () throws -> Void) -> StorageError.Code? {
  do {
    try body()
    return nil
  } catch let error as StorageError {
    return error.code
  } catch {
    return nil
  }
}
