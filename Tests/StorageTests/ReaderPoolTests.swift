import Glibc
import Support
import TestSupport
import Testing

@testable import Storage

@Suite("The reader pool")
struct ReaderPoolTests {
  let folder: TemporaryFolder
  let writer: Writer

  init() throws {
    folder = try TemporaryFolder()
    writer = try folder.writer()
  }

  private func insertRun(_ name: String) throws {
    try writer.transaction(wait: .never) { connection in
      let insert = try connection.statement("INSERT INTO runs(name) VALUES (?)")
      try insert.bind(name, at: 1)
      try insert.run()
    }
  }

  @Test("sees what was committed, and keeps a snapshot apart from later commits")
  func snapshots() throws {
    let pool = ReaderPool(path: writer.connection.path)
    try insertRun("a")
    #expect(try pool.read { try $0.integer("SELECT count(*) FROM runs") } == 1)
    try pool.snapshot { connection in
      #expect(try connection.integer("SELECT count(*) FROM runs") == 1)
      try insertRun("b")
      #expect(try connection.integer("SELECT count(*) FROM runs") == 1)
    }
    #expect(try pool.read { try $0.integer("SELECT count(*) FROM runs") } == 2)
  }

  @Test("cannot write")
  func readOnly() {
    let pool = ReaderPool(path: writer.connection.path)
    #expect(throws: SQLiteError.self) {
      try pool.read { try $0.execute("INSERT INTO runs(name) VALUES ('x')") }
    }
  }

  @Test("gives its connection back when a read throws")
  func throwingBody() throws {
    struct Stop: Error {}
    let pool = ReaderPool(path: writer.connection.path, capacity: 1)
    for _ in 0..<3 {
      #expect(throws: Stop.self) { try pool.snapshot { _ in throw Stop() } }
    }
    #expect(try pool.read { !$0.isInTransaction })
  }

  @Test("serves many threads with few connections")
  func bounded() async throws {
    let pool = ReaderPool(path: writer.connection.path, capacity: 2)
    try await withThrowingTaskGroup(of: Int64.self) { group in
      for _ in 0..<64 {
        group.addTask { try pool.read { try $0.integer("SELECT 1") } }
      }
      for try await one in group { #expect(one == 1) }
    }
  }

  @Test("wakes somebody for each connection that comes back, also when two come at once")
  func wakes() throws {
    let pool = ReaderPool(path: writer.connection.path, capacity: 2)
    for _ in 0..<100 {
      let (holders, isOver, done) = (Locked(0), Locked(false), Locked(0))
      func onThreads(_ body: @escaping @Sendable () throws -> Void) throws {
        for _ in 0..<2 {
          try onThread {
            try body()
            done.withLock { $0 += 1 }
            done.signal()
          }
        }
      }
      // Two have the connections until they are told, and two wait for these.
      try onThreads {
        try pool.read { _ in
          holders.withLock { $0 += 1 }
          while !isOver.withLock({ $0 }) { sched_yield() }
        }
      }
      while holders.withLock({ $0 }) < 2 { usleep(50) }
      try onThreads { try pool.read { _ in } }
      // So that both are asleep, nearly always.
      usleep(2000)
      isOver.withLock { $0 = true }
      // Who is not woken now waits for ever; a minute is for machines that are busy.
      let end = MonotonicTime.now() + 60_000_000_000
      let all: Void? = done.waitFor(deadline: end) { done, _ in done == 4 ? () : nil }
      try #require(all != nil, "somebody still waits, and nobody has a connection")
    }
  }

  @Test("refuses reads once it is closed")
  func closed() throws {
    let pool = ReaderPool(path: writer.connection.path)
    #expect(try pool.read { try $0.integer("SELECT 1") } == 1)
    pool.close()
    #expect(refusal { _ = try pool.read { try $0.integer("SELECT 1") } } == .closed)
  }
}
