/// Writes out a path that is written as a shell would write it: `${CODEX_HOME:-~/.codex}/sessions`.
///
/// - A variable that is empty is not set; one of XDG that is not absolute is not either.
/// - A variable may name several folders with commas between them, unless there is a folder with a
///   comma in its name.
/// - `~` is the person's home, also behind a comma and in a variable, where no shell expands it.
struct HomePath {
  let variable: (String) -> String?
  let home: String
  let isFolder: (String) -> Bool

  /// The folders that a path stands for.
  func folders(_ path: String) -> [String] {
    guard let start = path.firstRange(of: "${") else { return [expanded(path)] }
    var depth = 1
    var end = start.upperBound
    while end < path.endIndex {
      if path[end...].hasPrefix("${") { depth += 1 }
      if path[end] == "}" { depth -= 1 }
      if depth == 0 { break }
      end = path.index(after: end)
    }
    guard end < path.endIndex else { return [path] }
    let inner = path[start.upperBound..<end]
    let before = path[..<start.lowerBound]
    let after = path[path.index(after: end)...]
    return values(of: inner).map { Self.trimmed((before + $0 + after)[...]) }
  }

  /// What a variable stands for, else what is behind its `:-`.
  private func values(of inner: Substring) -> [String] {
    let fallback = inner.firstRange(of: ":-")
    let name = String(inner[..<(fallback?.lowerBound ?? inner.endIndex)])
    if let value = variable(name), !value.isEmpty, !name.hasPrefix("XDG_") || value.hasPrefix("/") {
      let found = list(value)
      if !found.isEmpty { return found }
    }
    return fallback.map { folders(String(inner[$0.upperBound...])) } ?? []
  }

  private func list(_ value: String) -> [String] {
    let whole = expanded(Self.trimmed(value[...]))
    if isFolder(whole) { return [whole] }
    return value.split(separator: ",").map(Self.trimmed).filter { !$0.isEmpty }.map(expanded)
  }

  private func expanded(_ path: String) -> String {
    path == "~" ? home : path.hasPrefix("~/") ? home + path.dropFirst() : path
  }

  private static func trimmed(_ path: Substring) -> String {
    var path = path.drop { $0 == " " }
    while path.last == " " || path.last == "/" && path.count > 1 { path.removeLast() }
    return String(path)
  }
}
