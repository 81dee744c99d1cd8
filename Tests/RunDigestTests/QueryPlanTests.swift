import Glibc
import Storage
import TestSupport
import Testing

@testable import RunDigest

/// Every statement in the sources walks an index: none scans a table and none sorts, but those that
/// are named here with the reason.
///
/// The statements are taken from the sources' own text, so that a new one cannot be forgotten.
@Suite("Query plans")
struct QueryPlanTests {
  /// A statement that may scan or sort, by a part of it, and why.
  private static let exceptions: [(part: String, reason: String)] = [
    ("SELECT count(*) FROM sqlite_schema", "the schema's own rows, once for each open"),
    ("SELECT coalesce((SELECT seq FROM sqlite_sequence", "two rows, once for each open"),
    // What looks at every run, by its purpose: one step of an index for each, and no body.
    ("SELECT h.run, h.head, coalesce(d.watermark, 0), coalesce", "health, of all runs"),
    ("SELECT h.run, h.head, coalesce(r.pruned", "the doctor, who examines everything"),
    ("SELECT count(*) FROM events", "the doctor, who examines everything"),
    ("SELECT pos, run, seq FROM events ORDER BY pos", "the making of the index again"),
    ("SELECT id, pruned_through FROM runs", "the making of the index again"),
    ("s ON s.id = e.session ORDER BY e.pos", "the making of the index again"),
    ("SELECT type, name, sql FROM sqlite_schema", "the doctor, who examines everything"),
    ("SELECT d.id, d.run, coalesce(r.name", "the doctor, who examines everything"),
    ("SELECT count(*) FROM run_heads", "health: the number of runs, by the leaves of an index"),
    ("SELECT h.run FROM run_heads h WHERE NOT EXISTS", "lists, only while some run is not folded"),
    ("SELECT DISTINCT s.name", "the reaper, which asks after every session of a running run"),
    ("SELECT id, names FROM model_sets", "the sets of models that are used together: few"),
    ("SELECT count(*) FROM runs", "a backup, which says how many runs it has"),
    ("SELECT name FROM runs WHERE instr(name, ':')", "names typed without their format, by people"),
    ("SELECT l.id >> 8 FROM run_list l NOT", "lists with a filter: a narrow row for each run"),
    // Tables that are short, or read whole because that is what was asked for.
    ("SELECT r.name, s.seq, s.reason FROM stalled_runs", "the runs that cannot be folded: few"),
    ("DELETE FROM stalled_runs WHERE generation", "the runs that cannot be folded: few"),
    ("SELECT generation FROM generations", "two rows"),
    ("SELECT n FROM (WITH RECURSIVE numbers", "255 numbers, once for each rebuild"),
    ("SELECT path, device, inode FROM import_sources", "all sources, once for new files"),
    ("SELECT count(*), count(DISTINCT path) FROM quarantined_lines", "the unread lines: few"),
    ("SELECT path, line, reason, size, beginning", "the unread lines, in the order of their key"),
    // Sorted by a difference: an index for it would cost every call that is folded.
    ("ORDER BY end_ts - start_ts DESC", "the slowest calls of one run"),
  ]

  /// What stands for parts that are put in at run time.
  private static let insertions: [String: [String]] = [
    "row": ["l.id >> 8"],
    "source": ["run_list l NOT INDEXED"],
    "filters": ["l.generation = ?1"],
    "order": ["l.last_ts DESC, l.id ASC"],
    "index": ["run_list_by_cost"],
    "filter.clause": ["l.generation = ?1"],
    "condition": ["l.cost_nano IS NOT NULL"],
    "sorting": ["l.cost_nano DESC, l.id", "l.cost_nano, l.id DESC"],
  ]

  @Test("No statement scans a table or sorts, but for those that are named with a reason")
  func plans() async throws {
    let folder = try TemporaryFolder()
    let store = try await RunStore.open(at: folder.file())
    await store.close()
    let connection = try Connection(path: store.path, mode: .readOnly)
    let statements = try Self.statements()
    #expect(statements.count > 100)
    var used: Set<String> = []
    for statement in statements {
      for sql in try Self.variants(statement.sql) {
        let bad = try Self.plan(sql, connection).filter(Self.isScanOrSort)
        guard !bad.isEmpty else { continue }
        let reasons = Self.exceptions.map(\.part).filter { sql.contains($0) }
        #expect(!reasons.isEmpty, "\(statement.file): \(bad) in \(sql)")
        used.formUnion(reasons)
      }
    }
    #expect(used == Set(Self.exceptions.map(\.part)), "an exception is not needed any more")
  }

  @Test(
    "A list without a filter walks an index in its order, either way",
    arguments: ["last_ts", "first_ts", "span", "errors", "tokens", "cost_nano", "weight"]
  )
  func lists(column: String) async throws {
    let folder = try TemporaryFolder()
    let store = try await RunStore.open(at: folder.file())
    await store.close()
    let connection = try Connection(path: store.path, mode: .readOnly)
    let word = ["last_ts": "last", "first_ts": "first", "cost_nano": "cost"][column] ?? column
    for order in ["\(column) DESC, id ASC", "\(column) ASC, id DESC"] {
      let steps = try Self.plan(
        "SELECT id >> 8 FROM run_list INDEXED BY run_list_by_\(word) WHERE generation = 1 "
          + "ORDER BY \(order) LIMIT 50",
        connection
      )
      #expect(!steps.contains(where: Self.isScanOrSort), "\(steps)")
    }
  }

  @Test("The view of one run walks the index, and has the rows of the view of all events")
  func views() async throws {
    let test = try await TestStore { $0.foldsInBackground = false }
    for call in 0..<300 {
      try await test.store.append(
        Array(repeating: .text(session: "s"), count: [1, 2, 40][call % 3]),
        to: try RunID("r\(call % 7)")
      )
    }
    let connection = try Connection(path: test.store.path, mode: .readOnly)
    let select = "SELECT pos, seq, session, time, kind, payload FROM"
    let steps = try Self.plan("\(select) run_log WHERE run = 'r3'", connection)
    let scans = steps.filter { $0.hasPrefix("SCAN") }
    // The walk over a block's bytes, and the array that is made of it.
    #expect(
      scans.allSatisfy {
        $0.contains("walk") || $0.contains("CONSTANT") || $0.contains("p VIRTUAL")
      }
    )
    #expect(steps.contains { $0.contains("SEARCH e USING INTEGER PRIMARY KEY") })
    let all = try Self.plan("\(select) log WHERE run = 'r3'", connection)
    #expect(all.contains { $0.hasPrefix("SCAN e") }, "the view log reads one run by the index")
    for (one, other) in [("log", "run_log"), ("run_log", "log")] {
      let lacking = "SELECT count(*) FROM (SELECT * FROM \(one) EXCEPT SELECT * FROM \(other))"
      #expect(try connection.prepare(lacking).first { $0.next(Int64.self) } == 0)
    }
    let rows = "SELECT count(*) = max(seq) AND min(seq) = 1 FROM run_log WHERE run = 'r3'"
    #expect(try connection.prepare(rows).first { $0.next(Bool.self) } == true)
    await test.store.close()
  }

  private static func isScanOrSort(_ step: String) -> Bool {
    if step.contains("TEMP B-TREE") { return true }
    // One row made of nothing but subqueries.
    return step.hasPrefix("SCAN") && step != "SCAN CONSTANT ROW"
  }

  private static func plan(_ sql: String, _ connection: Connection) throws -> [String] {
    var steps: [String] = []
    try connection.prepare("EXPLAIN QUERY PLAN " + sql).forEachRow {
      steps.append($0.string(at: 3))
    }
    return steps
  }

  /// The statement with each of its insertions put in.
  private static func variants(_ sql: String) throws -> [String] {
    guard let start = sql.range(of: "\\(") else { return [sql] }
    let end = try #require(sql[start.upperBound...].firstIndex(of: ")"))
    let expression = String(sql[start.upperBound..<end])
    let choices = try #require(
      insertions[expression],
      "name what \\(\(expression)) may be in \(sql)"
    )
    return try choices.flatMap {
      try variants(sql[..<start.lowerBound] + $0 + sql[sql.index(after: end)...])
    }
  }

  // MARK: The sources

  private static func statements() throws -> [(file: String, sql: String)] {
    let verbs = ["SELECT ", "INSERT ", "UPDATE ", "DELETE ", "WITH "]
    var found: [(file: String, sql: String)] = []
    for file in try sourceFiles() {
      for literal in literals(try text(of: file)) where verbs.contains(where: literal.hasPrefix) {
        found.append((String(file.split(separator: "/").last ?? ""), literal))
      }
    }
    return found
  }

  private static func sourceFiles() throws -> [String] {
    let root = #filePath.split(separator: "/").dropLast(3).map { "/" + $0 }.joined()
    var files: [String] = []
    var folders = ["Storage", "SQLiteEngine", "RunDigest", "LogFormats"].map {
      root + "/Sources/" + $0
    }
    while let folder = folders.popLast() {
      let handle = try #require(opendir(folder))
      defer { closedir(handle) }
      while let entry = readdir(handle) {
        let name = withUnsafePointer(to: &entry.pointee.d_name) {
          $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
        }
        if name.hasPrefix(".") || name.hasSuffix(".docc") { continue }
        // The scratch has tables of its own.
        if name == "SQLiteRollupScratch.swift" { continue }
        if name.hasSuffix(".swift") {
          files.append(folder + "/" + name)
        } else if !name.contains(".") {
          folders.append(folder + "/" + name)
        }
      }
    }
    return files.sorted()
  }

  private static func text(of file: String) throws -> String {
    let handle = try #require(fopen(file, "r"))
    defer { fclose(handle) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while case let count = fread(&buffer, 1, buffer.count, handle), count > 0 {
      bytes += buffer[..<count]
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// The string literals of a file, those of several lines put on one.
  private static func literals(_ text: String) -> [String] {
    var found: [String] = []
    var long: [Substring]?
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      let line = line.drop { $0 == " " }
      if line.hasPrefix("//") { continue }
      if let lines = long {
        if line.hasPrefix("\"\"\"") {
          found.append(lines.joined(separator: " "))
          long = nil
        } else {
          long = lines + [line]
        }
      } else if line.hasSuffix("\"\"\"") {
        long = []
      } else {
        let parts = line.split(separator: "\"", omittingEmptySubsequences: false)
        for index in stride(from: 1, to: parts.count, by: 2) { found.append(String(parts[index])) }
      }
    }
    return found
  }
}

extension StringProtocol {
  /// Where `text` first stands.
  fileprivate func range(of text: String) -> Range<Index>? {
    indices.first { self[$0...].hasPrefix(text) }.map { start in
      start..<index(start, offsetBy: text.count)
    }
  }
}
