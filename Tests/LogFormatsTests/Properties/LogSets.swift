import FoundationEssentials
import LogFormats
import TestSupport
import Testing

/// Logs that are imported together: the fixtures of a format, or the real logs of one folder.
struct LogSet: Sendable, CustomTestStringConvertible {
  /// What failures call it.
  let name: String
  /// The files, by the paths that they get below the folder of a test.
  let files: [(path: String, bytes: [UInt8])]

  var testDescription: String { name }

  /// The fixtures of every format, each format a set.
  static var fixtures: [LogSet] {
    LogFormat.all.compactMap { format in
      guard format.name != "events" else { return nil }
      return read(TestFiles.fixtureFolder + "/" + format.name, name: format.name)
    }
  }

  /// The folders of real logs, each a set, where there are any.
  static var real: [LogSet] {
    TestFiles.corpusFolders.flatMap { root in
      ((try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []).sorted().compactMap {
        read(root + "/" + $0, name: $0)
      }
    }
  }

  /// Series of states of one growing file, and figures that other programs computed, are no logs
  /// to be imported together.
  private static let passedOver = ["growth-series", "oracles", "fold"]

  private static func read(_ folder: String, name: String) -> LogSet? {
    guard !passedOver.contains(name) else { return nil }
    guard let found = try? FileManager.default.subpathsOfDirectory(atPath: folder) else {
      return nil
    }
    let files = found.sorted().compactMap { path -> (String, [UInt8])? in
      guard path.hasSuffix(".jsonl") || path.hasSuffix(".json"),
        let bytes = try? TestFiles.bytes(folder + "/" + path)
      else { return nil }
      return (name + "/" + path, bytes)
    }
    return files.isEmpty ? nil : LogSet(name: name, files: files)
  }

  /// Each file as a set of its own.
  var singles: [LogSet] {
    files.map { LogSet(name: $0.path, files: [$0]) }
  }
}

/// Numbers that a seed decides: a failure names it, and `RUNDIGEST_SEED` repeats it.
struct SeededNumbers: RandomNumberGenerator {
  private var state: UInt64

  init(_ seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 | 1 }

  mutating func next() -> UInt64 {
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return state
  }

  /// The seed of this run of the tests.
  static let seed: UInt64 =
    ProcessInfo.processInfo.environment["RUNDIGEST_SEED"].flatMap(UInt64.init) ?? 20_261_129

  /// How many pieces a log grows by: more of them find more.
  static let pieces = setting("RUNDIGEST_PIECES", default: 8)
}
