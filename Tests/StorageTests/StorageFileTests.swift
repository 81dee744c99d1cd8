import Glibc
import TestSupport
import Testing

@testable import Storage

@Suite("Opening a store")
struct StorageFileTests {
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  private func open(_ name: String = "runs.sqlite") throws {
    _ = try folder.writer(name)
  }

  private func bytes(of path: String) -> [UInt8] {
    guard let file = fopen(path, "r") else { return [] }
    defer { fclose(file) }
    var bytes = [UInt8](repeating: 0, count: 1 << 20)
    let count = fread(&bytes, 1, bytes.count, file)
    return Array(bytes.prefix(count))
  }

  private func write(_ text: String, to path: String) {
    guard let file = fopen(path, "w") else { return }
    fputs(text, file)
    fclose(file)
  }

  @Test("creates the file and its neighbours as 0600 in a folder of 0700")
  func permissions() throws {
    try open("new/deep/runs.sqlite")
    #expect(mode(of: folder.file("new")) == 0o700)
    #expect(mode(of: folder.file("new/deep")) == 0o700)
    for suffix in ["", "-wal", "-shm", ".gate"] {
      #expect(mode(of: folder.file("new/deep/runs.sqlite" + suffix)) == 0o600, "\(suffix)")
    }
  }

  @Test("refuses a folder")
  func directory() {
    mkdir(folder.file("d"), 0o700)
    #expect(refusal { try open("d") } == .notAFile)
    #expect(refusal { try open("d/") } == .notAFile)
    #expect(refusal { try open("..") } == .notAFile)
  }

  @Test("refuses a symbolic link, also one that leads nowhere")
  func symbolicLink() throws {
    try open("real.sqlite")
    symlink(folder.file("real.sqlite"), folder.file("link"))
    symlink(folder.file("nothing"), folder.file("dangling"))
    #expect(refusal { try open("link") } == .notAFile)
    #expect(refusal { try open("dangling") } == .notAFile)
  }

  @Test("follows a symbolic link to the folder")
  func symbolicFolder() throws {
    mkdir(folder.file("real"), 0o700)
    symlink(folder.file("real"), folder.file("link"))
    try open("link/runs.sqlite")
    #expect(mode(of: folder.file("real/runs.sqlite")) == 0o600)
  }

  @Test("refuses a pipe and an empty path")
  func specialFiles() {
    mkfifo(folder.file("pipe"), 0o600)
    #expect(refusal { try open("pipe") } == .notAFile)
    #expect(refusal { _ = try StorageFile.prepare("", .create) } == .notAFile)
    #expect(refusal { _ = try StorageFile.prepare("/tmp/a\u{0}b", .create) } == .notAFile)
  }

  @Test("says so when the folder cannot be written", .enabled(if: getuid() != 0))
  func readOnlyFolder() {
    mkdir(folder.file("closed"), 0o500)
    #expect(refusal { try open("closed/runs.sqlite") } == .unwritable)
  }

  @Test("does not create a store that must exist")
  func missing() {
    #expect(refusal { _ = try StorageFile.prepare(folder.file(), .existing) } == .missing)
    #expect(refusal { _ = try StorageFile.prepare(folder.file("no/x"), .existing) } == .missing)
    #expect(mode(of: folder.file()) == 0)
  }

  @Test("refuses a file that is no database, and leaves it as it is")
  func notADatabase() {
    let text = String(repeating: "these are notes, not a database\n", count: 100)
    write(text, to: folder.file())
    #expect(refusal { try open() } == .foreign)
    let isUntouched = bytes(of: folder.file()) == Array(text.utf8)
    #expect(isUntouched)
    #expect(mode(of: folder.file("runs.sqlite.gate")) == 0)
  }

  @Test(
    "refuses another program's database, and leaves it as it is",
    arguments: ["PRAGMA application_id = 7", "CREATE TABLE t(a)", "PRAGMA user_version = 3"]
  )
  func foreign(sql: String) throws {
    let path = try StorageFile.prepare(folder.file(), .create)
    try Connection(path: path, mode: .readWrite).execute(sql)
    let before = bytes(of: path)
    #expect(refusal { try open() } == .foreign)
    let isUntouched = bytes(of: path) == before
    #expect(isUntouched && !before.isEmpty)
    #expect(mode(of: folder.file("runs.sqlite.gate")) == 0)
  }

  @Test("refuses a newer schema, and leaves it as it is")
  func newer() throws {
    let path = try StorageFile.prepare(folder.file(), .create)
    do {
      let connection = try Connection(path: path, mode: .readWrite)
      try connection.execute("PRAGMA application_id = \(Schema.applicationID)")
      try connection.execute("PRAGMA user_version = \(Schema.version + 1)")
    }
    let before = bytes(of: path)
    #expect(refusal { try open() } == .newerSchema)
    let isUntouched = bytes(of: path) == before
    #expect(isUntouched && !before.isEmpty)
  }

  @Test(
    "refuses a file system that does not keep locks, unless it is told otherwise",
    arguments: [0x6969, 0xFF53_4D42, 0xFE53_4D42, 0x0102_1997, 0x6573_5546]
  )
  func network(kind: Int) throws {
    let code = refusal {
      _ = try StorageFile.prepare(folder.file(), .create) { _ in kind }
    }
    #expect(code == .networkFileSystem)
    #expect(mode(of: folder.file()) == 0)
    _ = try StorageFile.prepare(folder.file(), .create, allowsNetwork: true) { _ in kind }
    #expect(mode(of: folder.file()) == 0o600)
  }
}
