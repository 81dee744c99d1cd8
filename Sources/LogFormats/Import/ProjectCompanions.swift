internal import Events

/// The files beside a log that name the folder that its agent works in.
///
/// Gemini CLI keeps a project's chats in `tmp/<project>/chats` and the project's folder in
/// `tmp/<project>/.project_root`, or in `projects.json` beside `tmp`.
enum ProjectCompanions {
  private static let bytesMax = 1 << 20

  static func project(ofLogAt path: String) -> String? {
    let parts = path.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    guard let chats = parts.lastIndex(of: "chats"), chats > 0 else { return nil }
    let folder = parts[..<chats].joined(separator: "/")
    if let text = contents(of: folder + "/.project_root"), let root = root(text) { return root }
    guard chats > 1, parts[chats - 2] == "tmp" else { return nil }
    let home = parts[..<(chats - 2)].joined(separator: "/")
    guard let text = contents(of: home + "/projects.json") else { return nil }
    return text.withUnsafeBytes { text -> String? in
      let names = (try? JSONValue.parse(LogLines.trimmed(text)))?["projects"]
      var found: String?
      names?.forEachMember { root, name in
        if name.string == parts[chats - 1] { found = String(decoding: root, as: UTF8.self) }
      }
      return found
    }
  }

  private static func root(_ text: [UInt8]) -> String? {
    let lines = String(decoding: text, as: UTF8.self).split(whereSeparator: \.isNewline)
    let root = lines.first.map { String($0.drop { $0 == " " }) } ?? ""
    return root.isEmpty ? nil : root
  }

  private static func contents(of path: String) -> [UInt8]? {
    guard let file = try? SourceFile(path: path, shown: path, mayWait: false) else { return nil }
    var bytes: [UInt8] = []
    guard (try? file.read(bytesMax, into: &bytes)) != nil else { return nil }
    return bytes
  }
}
