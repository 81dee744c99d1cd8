/// Finds the files below the paths that somebody named.
struct LogPaths {
  /// A file to import.
  struct Found: Hashable {
    /// Absolute and without symbolic links; `nil` for standard input.
    var path: String?
    /// As it is shown to people.
    var shown: String
    /// Whether it was named itself, rather than found in a folder.
    var isNamed: Bool
    var bytes: Int64
  }

  private(set) var files: [Found] = []
  let problems: [(shown: String, problem: SourceProblem)]

  /// The ends of names that logs have; in a folder nothing else is looked at.
  static let endings = [".jsonl", ".ndjson", ".json", ".jsonl.gz", ".jsonl.zst"]

  init(_ paths: [String]) {
    var tree = LogTree(paths.filter { $0 != Self.standardInput })
    problems = tree.takeProblems()
    files = tree.takeChanged()
    if paths.contains(Self.standardInput) {
      files.append(Found(path: nil, shown: "standard input", isNamed: true, bytes: 0))
    }
  }

  /// What names standard input.
  static let standardInput = "-"

  /// Whether a file in a folder is looked at: by the end of its name, behind which there may be
  /// the number that a rotated log gets.
  static func isLog(_ name: String) -> Bool {
    let digits = name.utf8.reversed().prefix { (0x30...0x39).contains($0) }.count
    let base =
      digits > 0 && name.dropLast(digits).hasSuffix(".") ? name.dropLast(digits + 1) : name[...]
    return endings.contains { base.hasSuffix($0) && base.utf8.count > $0.utf8.count }
  }
}
