import FoundationEssentials
import LogFormats
import RunDigest
import TestSupport
import Testing

/// What must hold for the import of any logs of any format, whatever they say.
@Suite("Imports, for all formats")
struct ImportPropertyTests {
  private func importAll(
    _ set: LogSet,
    order: [Int]? = nil,
    separately: Bool = false
  ) async throws -> StoreFacts {
    let folder = try await FollowedFolder(isTimeFixed: true)
    for file in set.files { try folder.write(file.bytes, to: file.path) }
    let paths = (order ?? Array(set.files.indices)).map { folder.logs + "/" + set.files[$0].path }
    if separately {
      for path in paths { _ = try await LogImport(store: folder.store).run([path]) }
    } else {
      _ = try await LogImport(store: folder.store).run(paths)
    }
    try await folder.store.flush()
    #expect(try folder.store.reader.verify().isClean, "\(set.name)")
    return try await StoreFacts(folder.store)
  }

  /// Imports a set after each growth of one of its files, which grow one after another.
  private func importGrowing(
    _ set: LogSet,
    _ numbers: inout SeededNumbers
  ) async throws
    -> StoreFacts
  {
    let folder = try await FollowedFolder(isTimeFixed: true)
    for file in set.files {
      for end in Self.cuts(of: file.bytes, &numbers) {
        try folder.write(file.bytes[..<end], to: file.path)
        _ = try await LogImport(store: folder.store).run([folder.logs])
      }
    }
    return try await StoreFacts(folder.store)
  }

  /// Ends of lines at which a file is cut, its own end the last; a document is one piece.
  private static func cuts(of bytes: [UInt8], _ numbers: inout SeededNumbers) -> [Int] {
    let ends = bytes.indices.filter { bytes[$0] == 0x0A }.map { $0 + 1 }
    let isDocument = bytes.withUnsafeBytes { LogLines.isDocument($0) }
    guard ends.count > 1, !isDocument else { return [bytes.count] }
    let inner = ends.dropLast().shuffled(using: &numbers).prefix(SeededNumbers.pieces)
    return Set(inner).sorted() + [bytes.count]
  }

  // MARK: Order

  private func checkOrder(_ set: LogSet) async throws {
    guard set.files.count > 1 else { return }
    var numbers = SeededNumbers(SeededNumbers.seed)
    let expected = try await importAll(set)
    for order in 0..<2 {
      let places = Array(set.files.indices).shuffled(using: &numbers)
      let found = try await importAll(set, order: places)
      let differences = found.differences(from: expected)
      #expect(differences.isEmpty, "\(set.name), order \(order), seed \(SeededNumbers.seed)")
    }
  }

  @Test(
    "one import gives the same digests in whatever order its files are named",
    arguments: LogSet.fixtures
  )
  func order(_ set: LogSet) async throws { try await checkOrder(set) }

  @Test(
    "one import of real logs gives the same digests in whatever order its files are named",
    .enabled(if: TestFiles.corpus != nil, "RUNDIGEST_CORPUS is not set: no real log is read"),
    arguments: LogSet.real
  )
  func orderOfRealLogs(_ set: LogSet) async throws { try await checkOrder(set) }

  // MARK: Growth

  private func checkGrowth(_ set: LogSet) async throws {
    var numbers = SeededNumbers(SeededNumbers.seed)
    let expected = try await importAll(set)
    let found = try await importGrowing(set, &numbers)
    let differences = found.differences(from: expected)
    #expect(differences.isEmpty, "\(set.name), grown, seed \(SeededNumbers.seed)")
  }

  @Test(
    "imports after each growth of a log give the facts of one import",
    arguments: LogSet.fixtures.flatMap(\.singles)
  )
  func growth(_ set: LogSet) async throws { try await checkGrowth(set) }

  @Test(
    "imports after each growth of a real log give the facts of one import",
    .enabled(if: TestFiles.corpus != nil, "RUNDIGEST_CORPUS is not set: no real log is read"),
    arguments: LogSet.real.flatMap(\.singles)
  )
  func growthOfRealLogs(_ set: LogSet) async throws { try await checkGrowth(set) }

  // MARK: Reverse

  private func checkReverse(_ set: LogSet) async throws {
    guard set.files.count > 1 else { return }
    let expected = try await importAll(set).sums
    let reverse = Array(set.files.indices.reversed())
    let found = try await importAll(set, order: reverse, separately: true).sums
    for path in Set(found.keys).union(expected.keys).sorted() {
      #expect(found[path] == expected[path], "\(set.name), imported in reverse: \(path)")
    }
  }

  @Test(
    "separate imports in reverse order agree in everything that adds up",
    arguments: LogSet.fixtures
  )
  func reverse(_ set: LogSet) async throws { try await checkReverse(set) }

  @Test(
    "separate imports of real logs in reverse order agree in everything that adds up",
    .enabled(if: TestFiles.corpus != nil, "RUNDIGEST_CORPUS is not set: no real log is read"),
    arguments: LogSet.real
  )
  func reverseOfRealLogs(_ set: LogSet) async throws { try await checkReverse(set) }

  // MARK: Following

  @Test("following a log as it grows gives the facts of one import", arguments: LogSet.fixtures)
  func following(_ set: LogSet) async throws {
    var numbers = SeededNumbers(SeededNumbers.seed)
    for single in set.singles {
      let file = single.files[0]
      let expected = try await importAll(single)
      let folder = try await FollowedFolder(isTimeFixed: true)
      try folder.write([], to: file.path)
      _ = try await folder.follow(rest: .milliseconds(50)) {
        var done = 0
        for end in Self.cuts(of: file.bytes, &numbers) {
          try folder.append(String(decoding: file.bytes[done..<end], as: UTF8.self), to: file.path)
          done = end
          try await Task.sleep(for: .milliseconds(Int.random(in: 0...120, using: &numbers)))
        }
      }
      let differences = try await StoreFacts(folder.store).differences(from: expected)
      #expect(differences.isEmpty, "\(single.name), followed, seed \(SeededNumbers.seed)")
    }
  }
}
