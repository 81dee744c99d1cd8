import Glibc
import Support
import TestSupport
import Testing

@testable import Storage

@Suite("The files of a store")
struct StoreFilesTests {
  let folder: TemporaryFolder
  var path: String { folder.file() }

  init() throws {
    folder = try TemporaryFolder()
  }

  private func commit(_ writer: Writer) throws {
    try writer.transaction(wait: .until(.max)) { connection in
      try connection.execute("UPDATE meta SET value = value + 1 WHERE key = 'checkpoints'")
    }
  }

  @Test("a file with a hard link is refused under either name, until one of them is gone")
  func hardLink() throws {
    _ = try folder.writer()
    link(path, folder.file("other.sqlite"))
    #expect(refusal { _ = try folder.writer() } == .secondName)
    #expect(refusal { _ = try folder.writer("other.sqlite") } == .secondName)
    #expect(refusal { _ = try StorageFile.prepare(path, .existing) } == .secondName)
    unlink(folder.file("other.sqlite"))
    _ = try folder.writer()
  }

  @Test("no transaction commits once the store has a second name")
  func laterLink() throws {
    let writer = try folder.writer()
    try commit(writer)
    link(path, folder.file("other.sqlite"))
    #expect(refusal { try commit(writer) } == .secondName)
    unlink(folder.file("other.sqlite"))
    try commit(writer)
  }

  @Test(
    "no transaction commits, no checkpoint and no read is made of a store that was deleted, moved or replaced",
    arguments: ["delete", "move", "replace", "folder"]
  )
  func moved(how: String) throws {
    let (store, other) = (folder.file("in/s.sqlite"), folder.file("other.sqlite"))
    let writer = try folder.writer("in/s.sqlite")
    let pool = ReaderPool(path: writer.connection.path)
    _ = try pool.read { try $0.integer("SELECT count(*) FROM meta") }
    switch how {
    case "delete": for suffix in ["", "-wal", "-shm", ".gate"] { unlink(store + suffix) }
    case "move": rename(store, other)
    case "folder": rename(folder.file("in"), folder.file("out"))
    default:
      _ = try folder.writer("other.sqlite")
      rename(other, store)
    }
    #expect(refusal { try commit(writer) } == .moved)
    #expect(refusal { try writer.checkpoint(.truncate, wait: .until(.max)) } == .moved)
    usleep(300_000)
    #expect(refusal { _ = try pool.read { try $0.integer("SELECT count(*) FROM meta") } } == .moved)
    // Nothing was made where the store was.
    if how == "delete" { #expect(names(in: folder.file("in")).isEmpty) }
  }

  @Test(
    "no transaction commits once the WAL or the shared memory is gone",
    arguments: ["-wal", "-shm"]
  )
  func neighbours(suffix: String) throws {
    let writer = try folder.writer()
    try commit(writer)
    unlink(path + suffix)
    // They are looked at fifty times a second.
    usleep(30_000)
    #expect(refusal { try commit(writer) } == .moved)
    #expect(refusal { try commit(writer) } == .moved)
  }

  @Test("a store that is moved back is written to again")
  func movedBack() throws {
    let writer = try folder.writer()
    rename(path, folder.file("away"))
    #expect(refusal { try commit(writer) } == .moved)
    rename(folder.file("away"), path)
    try commit(writer)
  }

  @Test("the mount table is read with its escapes")
  func mountTable() {
    #expect(MountTable.lists("/proc"))
    #expect(!MountTable.lists(folder.path))
    #expect(MountTable.decoded(#"/a\040b\134c"#) == #"/a b\c"#)
    #expect(StoreFiles.isMountPoint("/proc"))
    #expect(!StoreFiles.isMountPoint(folder.path))
  }

  @Test("a gate that root makes belongs to the owner of the store", .enabled(if: geteuid() == 0))
  func owner() throws {
    _ = try folder.writer()
    chown(path, 12345, 54321)
    unlink(path + ".gate")
    _ = try WriteGate(storePath: path)
    var status = stat()
    stat(path + ".gate", &status)
    #expect(status.st_uid == 12345)
    #expect(status.st_gid == 54321)
    #expect(mode(of: path + ".gate") == 0o600)
  }

  @Test("a path with characters that mean something in a URI is opened as it is")
  func uri() throws {
    let name = "a?b#c%20d e.sqlite"
    try commit(folder.writer(name))
    #expect(names(in: folder.path).contains(name))
  }

  @Test("a file that never changes is noticed to change")
  func unchanging() throws {
    let writer = try folder.writer()
    try commit(writer)
    try writer.checkpoint(.truncate, wait: .until(.max))
    // Root may write anywhere; the condition on the folder is tried by the tests of digest-ctl.
    let connection = try Connection(path: path, mode: .unchanging)
    #expect(try connection.integer("SELECT value FROM meta WHERE key = 'checkpoints'") == 1)
    #expect(UnchangingFile(path: path) == nil)
  }
}
