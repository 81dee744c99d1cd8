/// Finds the files below the paths that somebody named.
struct LogPaths {
  /// A file to import.
  struct Found: Hashable {
    /// Absolute and without symbolic links, of a file or of a folder of events; `nil` for standard
    /// input.
    var path: String?
    /// As it is shown to people.
    var shown: String
    /// Whether it was named itself, rather than found in a folder.
    var isNamed: Bool
    var bytes: Int64
    /// Which file it is, whatever its name.
    var identity: FileIdentity?
    /// Whether it is a file: what comes out of a pipe comes once.
    var canBeReadAgain = true
  }

  private(set) var files: [Found] = []
  let problems: [(shown: String, problem: SourceProblem)]

  /// The ends of names that logs have, packed and rotated ones with one more each; in a folder
  /// nothing else is looked at.
  static let endings = [".jsonl", ".ndjson", ".json"]
  private static let packedEndings = [".gz", ".zst"]

  init(_ paths: [String]) {
    var tree = LogTree(paths.filter { $0 != Self.standardInput })
    problems = tree.takeProblems()
    files = tree.takeChanged()
    if paths.contains(Self.standardInput) {
      let shown = "standard input"
      files.append(Found(path: nil, shown: shown, isNamed: true, bytes: 0, canBeReadAgain: false))
    }
  }

  /// What names standard input.
  static let standardInput = "-"

  /// Whether a file in a folder is looked at, by the end of its name: `run.jsonl`, and also
  /// `run.jsonl.gz`, `run.jsonl.1`, `run.jsonl-20260601` and `run.jsonl.2.gz`.
  static func isLog(_ name: String) -> Bool {
    var base = name[...]
    if let packed = packedEndings.first(where: { base.hasSuffix($0) }) {
      base.removeLast(packed.count)
    }
    let digits = base.utf8.reversed().prefix { (0x30...0x39).contains($0) }.count
    if digits > 0, let mark = base.dropLast(digits).last, mark == "." || mark == "-" {
      base.removeLast(digits + 1)
    }
    return endings.contains { base.hasSuffix($0) }
  }
}
