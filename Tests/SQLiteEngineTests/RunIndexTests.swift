import Storage
import TestSupport
import Testing

@testable import SQLiteEngine

@Suite("The index of the log")
struct RunIndexTests {
  let folder: TemporaryFolder
  let writer: Writer
  let index: RunIndex
  /// Where the events of run 7 lie: in stretches and alone, with others in between, 100 in all.
  let places: [Int64]

  init() throws {
    folder = try TemporaryFolder()
    writer = try folder.writer()
    index = RunIndex(writer.connection)
    var places: [Int64] = []
    var pos: Int64 = 3
    for seq in 1...100 {
      places.append(pos)
      // Next to each other, a few apart, far apart.
      pos += seq % 10 < 6 ? 1 : seq % 10 < 9 ? 4 : 500
    }
    self.places = places
    try list(places, of: 7)
  }

  /// Writes the events of a run and lists them, in calls of one to nine events.
  private func list(_ places: [Int64], of run: Int64) throws {
    try writer.transaction(wait: .never) { connection in
      let insert = try connection.prepare(
        """
        INSERT INTO events(pos, run, seq, ts, kind, producer, payload)
        VALUES (?1, ?2, ?3, 1, 0, 0, '{}')
        """
      )
      var block = PositionBlock()
      var head: Int64 = 0
      for (offset, pos) in places.enumerated() {
        try insert.bind(pos, at: 1)
        try insert.bind(run, at: 2)
        try insert.bind(Int64(offset + 1), at: 3)
        try insert.run()
        try index.append(pos, to: &block, of: run, head: Int64(offset))
        guard offset % 9 == 0 || offset == places.count - 1 else { continue }
        try index.moveHead(of: run, from: head, to: Int64(offset + 1), block)
        head = Int64(offset + 1)
      }
    }
  }

  private func seqs(after seq: Int64, limit: Int, of run: Int64 = 7) throws -> [Int64] {
    var rows = RunCursor(
      of: run,
      after: seq,
      limit: limit,
      "SELECT seq FROM events WHERE pos BETWEEN ?1 AND ?2 AND run = ?3 ORDER BY pos",
      writer.connection
    )
    defer { rows.end() }
    var seqs: [Int64] = []
    while let row = try rows.next() { seqs.append(row.int64(at: 0)) }
    return seqs
  }

  @Test("keeps 32 positions to a row, and the newest beside the head")
  func blocks() throws {
    let connection = writer.connection
    // 100 are three full blocks, and four beside the head.
    #expect(try connection.integer("SELECT count(*) FROM run_positions") == 3)
    #expect(try connection.integer("SELECT max(last_seq) FROM run_positions") == 96)
    #expect(try index.head(of: 7) == 100)
    #expect(try index.head(of: 8) == 0)
  }

  @Test("gives the positions after every seq, and as many as are asked for")
  func everyRange() throws {
    for seq in 0...101 {
      for limit in [0, 1, 2, 31, 32, 33, 64, 99, 100, 1000] {
        let (first, found) = try index.positions(of: 7, after: Int64(seq), limit: limit)
        #expect(found == Array(places.dropFirst(seq).prefix(limit)), "\(limit) after \(seq)")
        #expect(found.isEmpty || first == Int64(seq) + 1)
      }
    }
    #expect(try index.positions(of: 8, after: 0, limit: 10).positions == [])
    for seq in 1...100 {
      #expect(try index.position(of: 7, seq: Int64(seq)) == places[seq - 1])
    }
    for seq: Int64 in [-1, 0, 101] { #expect(try index.position(of: 7, seq: seq) == nil) }
  }

  @Test("finds the last seq up to every position")
  func lastSeqs() throws {
    for pos in 0...(places[99] + 1) {
      let last = places.lastIndex { $0 <= pos }.map { Int64($0) + 1 }
      for seq: Int64 in [0, 31, 32, 64, 99] {
        let expected = last.flatMap { $0 > seq ? $0 : nil }
        #expect(try index.lastSeq(of: 7, after: seq, through: pos) == expected, "\(pos) \(seq)")
      }
    }
  }

  @Test("leads to the rows of a run and to no other's, wherever they lie")
  func rows() throws {
    // Another run's events lie in all gaps.
    let others = (1...places[99]).filter { !places.contains($0) }
    try list(others, of: 9)
    for seq in [0, 5, 31, 32, 60, 95, 96, 99, 100] {
      for limit in [1, 7, 40, 1000] {
        let expected = (seq..<100).prefix(limit).map { Int64($0) + 1 }
        #expect(try seqs(after: Int64(seq), limit: limit) == expected)
      }
    }
    #expect(try seqs(after: 0, limit: .max, of: 9).count == others.count)
  }

  @Test("passes over events that retention removed, with their blocks or without")
  func retention() throws {
    try writer.transaction(wait: .never) { connection in
      try connection.execute(
        """
        INSERT INTO maintenance VALUES ('test');
        DELETE FROM events WHERE run = 7 AND seq <= 40;
        DELETE FROM maintenance;
        """
      )
    }
    #expect(try seqs(after: 0, limit: .max) == Array(41...100))
    try writer.transaction(wait: .never) {
      try $0.execute("DELETE FROM run_positions WHERE last_seq <= 40")
    }
    // The second block is of 33 to 64.
    #expect(try index.positions(of: 7, after: 0, limit: 2).first == 33)
    #expect(try seqs(after: 0, limit: .max) == Array(41...100))
    #expect(try index.position(of: 7, seq: 20) == nil)
  }

  @Test("says so where a block is missing in the middle")
  func missingBlock() throws {
    try writer.transaction(wait: .never) {
      try $0.execute("DELETE FROM run_positions WHERE last_seq = 64")
    }
    #expect(refusal { _ = try index.positions(of: 7, after: 0, limit: 50) } == .corrupt)
    #expect(try index.positions(of: 7, after: 0, limit: 32).positions == Array(places[..<32]))
    try writer.transaction(wait: .never) {
      try $0.execute("DELETE FROM run_positions WHERE last_seq = 96")
    }
    #expect(refusal { _ = try index.positions(of: 7, after: 0, limit: 50) } == .corrupt)
  }

  @Test("moves a head only from where it is")
  func compareAndSet() throws {
    var block = PositionBlock()
    block.append(10_000)
    try writer.transaction(wait: .never) { _ in
      #expect(refusal { try index.moveHead(of: 7, from: 99, to: 101, block) } == .corrupt)
      #expect(refusal { try index.moveHead(of: 7, from: 0, to: 1, block) } == .corrupt)
      #expect(refusal { try index.moveHead(of: 8, from: 1, to: 2, block) } == .corrupt)
      try index.moveHead(of: 7, from: 100, to: 101, block)
      try index.moveHead(of: 8, from: 0, to: 1, block)
    }
    #expect(try index.head(of: 7) == 101)
    #expect(try index.position(of: 8, seq: 1) == 10_000)
  }
}
