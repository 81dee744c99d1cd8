/// The folder that an agent worked in, spelled in one way however the log spells it.
///
/// - A drive's letter is upper case, and slashes lean forward: `c:\Users\ada` is `C:/Users/ada`.
/// - Repeated slashes are one, and none stands at the end.
/// - A worktree that an agent made below `.claude/worktrees` belongs to its repository's folder.
struct ProjectPath: Hashable {
  /// The folder.
  let path: String
  /// The name of the worktree, where the folder is one.
  let worktree: String?

  init(_ folder: String) {
    var path = folder
    let bytes = Array(path.utf8.prefix(3))
    let hasDrive = bytes.count >= 2 && bytes[1] == 0x3A && Self.isLetter(bytes[0])
    if hasDrive || path.hasPrefix("\\\\") {
      path = String(path.map { $0 == "\\" ? "/" : $0 })
    }
    if hasDrive, let letter = path.first { path = letter.uppercased() + path.dropFirst() }
    path = Self.withoutRepeatedSlashes(path, isShare: path.hasPrefix("//"))
    while path.count > 1, path.hasSuffix("/"), !(hasDrive && path.count == 3) { path.removeLast() }
    guard let (repository, name) = Self.worktree(of: path) else {
      self.path = path
      worktree = nil
      return
    }
    self.path = repository
    worktree = name
  }

  private static let worktrees = "/.claude/worktrees/"

  private static func worktree(of path: String) -> (repository: String, name: String)? {
    let parts = path.split(separator: "/", omittingEmptySubsequences: false)
    guard
      let place = parts.indices.dropLast(2).last(where: {
        parts[$0] == ".claude" && parts[$0 + 1] == "worktrees"
      }), place > 0, place + 2 < parts.count, !parts[place + 2].isEmpty
    else { return nil }
    let repository = parts[..<place].joined(separator: "/")
    return (repository.isEmpty ? "/" : repository, String(parts[place + 2]))
  }

  private static func withoutRepeatedSlashes(_ path: String, isShare: Bool) -> String {
    var result = isShare ? "/" : ""
    for character in path
    where !(character == "/" && result.hasSuffix("/") && !(isShare && result == "/")) {
      result.append(character)
    }
    return result
  }

  private static func isLetter(_ byte: UInt8) -> Bool {
    (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
  }
}
