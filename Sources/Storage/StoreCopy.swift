internal import CSQLite
internal import Glibc

/// How a copy of a store comes to its name, and a store to the place of another one.
///
/// 1. A copy is made under a temporary name beside its final one, for its owner only (0600). It gets its
///    name when it was checked and is on disk, so a process that is killed leaves no half copy that looks
///    like a whole one.
/// 2. A copy never takes the name of a file that is there.
/// 3. A store that is replaced is kept under another name, with its WAL. It is replaced with the write gate
///    held, so no commit is between; a process that has it open notices before its next commit
///    (``StoreFiles``).
package enum StoreCopy {
  /// Makes a copy at a path that is free: `write` fills an empty file and checks it.
  ///
  /// - Returns: The path, absolute and without symbolic links, and what `write` returned.
  package static func make<R>(
    at path: String,
    _ write: (_ temporary: String) throws -> R
  ) throws -> (path: String, R) {
    let full = try StorageFile.freePath(path)
    let result = try fill(temporary(full), write) { temporary in
      guard rundigest_rename_to_free_name(temporary, full) == 0 else {
        // File systems without this way to rename.
        guard errno == EINVAL || errno == ENOSYS, access(full, F_OK) != 0,
          rename(temporary, full) == 0
        else {
          if errno == EEXIST { throw StorageFile.taken(path) }
          throw failure("give the copy the name \(path)")
        }
        return
      }
    }
    return (full, result)
  }

  /// Puts a copy in the place of a store, or where none is yet: `write` fills an empty file and checks it.
  ///
  /// Waits for the write gate until the deadline, in nanoseconds of ``MonotonicTime``.
  ///
  /// - Returns: The path of the new store, where the one that was there is kept, and what `write` returned.
  package static func replace<R>(
    _ path: String,
    deadline: UInt64,
    _ write: (_ temporary: String) throws -> R
  ) throws -> (path: String, kept: String?, R) {
    let full = try StorageFile.pathToReplace(path)
    var kept: String?
    let result = try fill(temporary(full), write) { temporary in
      let gate = try WriteGate(storePath: full)
      try gate.acquire(deadline: deadline)
      defer { gate.release() }
      kept = try setAside(full)
      guard rename(temporary, full) == 0 else {
        let error = failure("put the copy at \(path)")
        if let kept { moveAll(kept, full) }
        throw error
      }
    }
    return (full, kept, result)
  }

  private static func temporary(_ full: String) -> String { "\(full).copy-\(getpid())" }

  private static func fill<R>(
    _ temporary: String,
    _ write: (String) throws -> R,
    _ place: (String) throws -> Void
  ) throws -> R {
    try StorageFile.createFile(temporary, as: temporary)
    do {
      let result = try write(temporary)
      try sync(temporary)
      try place(temporary)
      // Without it the name may not survive a power cut.
      try sync(StorageFile.folder(of: temporary))
      return result
    } catch {
      for suffix in ["", "-wal", "-shm", "-journal"] { unlink(temporary + suffix) }
      throw error
    }
  }

  /// Gives the files of a store, if there is one, a free name; returns it.
  private static func setAside(_ full: String) throws -> String? {
    guard access(full, F_OK) == 0 else { return nil }
    // So that one file holds all. A damaged store stays as it is: its WAL goes with it.
    if let old = try? Connection(path: full, mode: .readWrite, cacheKiB: 64) {
      old.setBusyTimeout(1000)
      _ = try? old.checkpoint(SQLITE_CHECKPOINT_TRUNCATE)
    }
    var kept = full + ".replaced"
    var number = 1
    while access(kept, F_OK) == 0 {
      number += 1
      kept = "\(full).replaced-\(number)"
    }
    guard moveAll(full, kept) else { throw failure("move \(full) to \(kept)") }
    return kept
  }

  /// The file first: without it, what is left behind is not taken for a store.
  @discardableResult
  private static func moveAll(_ from: String, _ to: String) -> Bool {
    guard rename(from, to) == 0 else { return false }
    for suffix in ["-wal", "-shm"] { _ = rename(from + suffix, to + suffix) }
    return true
  }

  /// No connection of this process may have the file open: closing it drops SQLite's locks.
  private static func sync(_ path: String) throws {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw failure("open \(path)") }
    defer { close(descriptor) }
    // Some file systems cannot sync folders.
    guard fsync(descriptor) == 0 || errno == EINVAL else { throw failure("sync \(path)") }
  }

  private static func failure(_ what: String) -> StorageError {
    let code = errno
    return StorageFile.fullDisk(code, what)
      ?? StorageError(.unwritable, "cannot \(what): \(SystemError.text(code)); look at its folder")
  }
}

extension StorageFile {
  /// The real path of a file that is not there yet, in a folder that is.
  static func freePath(_ path: String) throws -> String {
    let (folder, name) = try split(path)
    let full = try realPath(name, in: folder)
    var status = stat()
    guard lstat(full, &status) != 0 else { throw taken(path) }
    return full
  }

  static func taken(_ path: String) -> StorageError {
    StorageError(.notAFile, "\(path) is there already; choose another name, or remove it first")
  }

  /// The real path of a store that may be replaced; its folder is made if it is missing.
  static func pathToReplace(_ path: String) throws -> String {
    let (folder, name) = try split(path)
    try makeFolder(folder)
    let full = try realPath(name, in: folder)
    if try checkFile(full, as: path) { try StoreFiles.requireNoMount(full) }
    return full
  }

  /// Whether two paths lead to one file.
  package static func isSame(_ one: String, _ other: String) -> Bool {
    var (first, second) = (stat(), stat())
    return stat(one, &first) == 0 && stat(other, &second) == 0 && first.st_ino == second.st_ino
      && first.st_dev == second.st_dev
  }
}
