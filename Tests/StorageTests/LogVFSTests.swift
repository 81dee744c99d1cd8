import Glibc
import TestSupport
import Testing

@testable import Storage

@Suite("What is written of the log")
struct LogVFSTests {
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  private func insertEvents(_ seqs: ClosedRange<Int64>, run: Int64, _ connection: Connection) throws
  {
    let insert = try connection.statement(
      """
      INSERT INTO events(run, seq, ts, kind, producer, payload)
      VALUES (?1, ?2, 0, 'text', 0, printf('{"x":"%01000d"}', 0))
      """
    )
    for seq in seqs {
      try insert.bind(run, at: 1)
      try insert.bind(seq, at: 2)
      try insert.run()
    }
  }

  /// The events of runs as a connection of its own sees them, and whether SQLite finds the file sound.
  private func look() throws -> (events: [Int64: Int64], check: String?) {
    let connection = try Connection(path: folder.file(), mode: .readOnly)
    var events: [Int64: Int64] = [:]
    try connection.prepare("SELECT run, count(*) FROM events GROUP BY run").forEachRow {
      events[$0.int64(at: 0)] = $0.int64(at: 1)
    }
    let check = try connection.prepare("PRAGMA integrity_check").firstRow { $0.string(at: 0) }
    return (events, check)
  }

  /// A writer with so little memory for pages that those of an open transaction go into the log.
  private func cramped() throws -> Writer {
    try Writer(path: StorageFile.prepare(folder.file(), .create), wait: .never, cacheKiB: 40)
  }

  /// The write calls that this thread has made.
  private func writeCalls() throws -> Int {
    let file = try #require(fopen("/proc/thread-self/io", "r"))
    defer { fclose(file) }
    var calls = -1
    var line = [CChar](repeating: 0, count: 128)
    while fgets(&line, Int32(line.count), file) != nil {
      let text = String(decoding: line.prefix { $0 != 0 }.map(UInt8.init), as: UTF8.self)
      guard text.hasPrefix("syscw:") else { continue }
      calls = Int(text.dropFirst(6).filter(\.isNumber)) ?? -1
    }
    return calls
  }

  @Test("A commit of hundreds of pages takes a write for twenty of them, and others see it at once")
  func pagesAreJoined() throws {
    let writer = try folder.writer()
    let before = try writeCalls()
    try writer.transaction(wait: .never) { try insertEvents(1...1000, run: 1, $0) }
    let calls = try writeCalls() - before
    // Three events of 1 KB a page; SQLite alone writes each page in two pieces.
    #expect(writer.connection.walPages > 300)
    #expect(calls >= 10 && calls < 40, "\(calls) writes")
    #expect(writer.connection.unwrittenLogBytes == 0)
    #expect(try look().events == [1: 1000])
  }

  @Test(
    "What a transaction wrote before it was rolled back never lies over what others commit there"
  )
  func rolledBackPagesAreForgotten() throws {
    struct Stop: Error {}
    let writer = try cramped()
    let other = try folder.writer()
    try writer.transaction(wait: .never) { try insertEvents(1...10, run: 1, $0) }
    // So that the rollback finds all that it reads in the file: to read the log is to write it first.
    try writer.checkpoint(.restart, wait: .never)
    #expect(throws: Stop.self) {
      try writer.transaction(wait: .never) { connection in
        try insertEvents(11...400, run: 1, connection)
        #expect(connection.unwrittenLogBytes > 0, "nothing was written before the commit")
        throw Stop()
      }
    }
    try other.transaction(wait: .never) { try insertEvents(1...500, run: 2, $0) }
    try writer.transaction(wait: .never) { try insertEvents(11...20, run: 1, $0) }
    let (events, check) = try look()
    #expect(events == [1: 20, 2: 500])
    #expect(check == "ok")
  }

  @Test("The log of one who syncs is longer than what is in it, and only zeros are behind that")
  func writtenAhead() throws {
    let log = folder.file() + "-wal"
    func bytes() throws -> [UInt8] {
      let file = try #require(fopen(log, "r"))
      defer { fclose(file) }
      var bytes = [UInt8](repeating: 0, count: 8 << 20)
      return Array(bytes[..<fread(&bytes, 1, bytes.count, file)])
    }
    let writer = try folder.writer()
    func used(_ writer: Writer) -> Int {
      32 + writer.connection.walPages * (24 + Schema.pageBytes)
    }
    try writer.transaction(wait: .never) { try insertEvents(1...5, run: 1, $0) }
    #expect(try bytes().count == used(writer), "nobody has asked for it")
    writer.isSynced = true
    for seq in stride(from: Int64(6), through: 1500, by: 6) {
      try writer.transaction(wait: .never) { try insertEvents(seq...seq + 5, run: 1, $0) }
      let (all, used) = (try bytes(), used(writer))
      try #require(all.count > used && all.count <= used + LogVFS.aheadBytes + LogVFS.bytesMax)
      #expect(!all[used...].contains { $0 != 0 })
    }
    // As after a kill: the index of the log is made anew from the log.
    unlink(folder.file() + "-shm")
    let (events, check) = try look()
    #expect(events == [1: 1505])
    #expect(check == "ok")
    // What is there from before is not written over with zeros, nor by one who has not seen it come.
    try writer.checkpoint(.restart, wait: .never)
    let before = try bytes()
    let next = try folder.writer()
    next.isSynced = true
    try next.transaction(wait: .never) { try insertEvents(1...2, run: 2, $0) }
    #expect(try bytes().count == before.count)
    #expect(try bytes()[used(next)...] == before[used(next)...])
    try next.checkpoint(.truncate, wait: .never)
    try next.transaction(wait: .never) { try insertEvents(3...4, run: 2, $0) }
    #expect(try bytes().count > LogVFS.aheadBytes)
  }

  @Test("A transaction larger than the memory for pages is read back from what waits to be written")
  func spilledPagesAreReadBack() throws {
    let writer = try cramped()
    try writer.transaction(wait: .never) { connection in
      try insertEvents(1...400, run: 1, connection)
      #expect(try connection.integer("SELECT sum(length(payload) > 1000) FROM events") == 400)
      try insertEvents(401...500, run: 1, connection)
    }
    let (events, check) = try look()
    #expect(events == [1: 500])
    #expect(check == "ok")
  }
}
