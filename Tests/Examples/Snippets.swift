import Foundation

/// A piece of Swift that the documentation shows.
struct Snippet {
  let place: String
  let lines: [String]

  /// Whether a source has these lines one after the other, all indented by as much more.
  func isPart(of source: [String]) -> Bool {
    guard let first = lines.first else { return true }
    for start in source.indices where source[start].hasSuffix(first) {
      let indent = source[start].dropLast(first.count)
      guard indent.allSatisfy({ $0 == " " }), start + lines.count <= source.count else { continue }
      let matches = zip(lines, source[start...]).allSatisfy { line, found in
        line.isEmpty ? found.isEmpty : found == indent + line
      }
      if matches { return true }
    }
    return false
  }
}

/// Finds what the documentation shows, and the sources that it must be in.
enum Snippets {
  private static let root = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  /// The examples, by their lines.
  static func examples() throws -> [[String]] {
    try files(in: "Tests/Examples", ending: ".swift").map(lines)
  }

  /// The blocks of Swift in README.md, in the pages, and in the comments of the library's targets;
  /// in the latter a block without a language is Swift too.
  static func documented() throws -> [Snippet] {
    var snippets = try blocks(of: root.appendingPathComponent("README.md"))
    for page in try files(in: "Sources/RunDigest/RunDigest.docc", ending: ".md") {
      snippets += try blocks(of: page)
    }
    for target in ["Engine", "EventLog", "Digests", "RunDigest", "RunDigestService"] {
      for file in try files(in: "Sources/" + target, ending: ".swift") {
        snippets += try blocks(of: file, inComments: true)
      }
    }
    return snippets
  }

  private static func blocks(of file: URL, inComments: Bool = false) throws -> [Snippet] {
    var snippets: [Snippet] = []
    var block: [String]?
    var isSwift = false
    for (number, line) in try lines(of: file).enumerated() {
      var text = line
      if inComments {
        guard let comment = line.range(of: "///") else {
          block = nil
          continue
        }
        text = String(line[comment.upperBound...])
        if text.hasPrefix(" ") { text.removeFirst() }
      }
      guard text.hasPrefix("```") else {
        block?.append(text)
        continue
      }
      if let lines = block {
        if isSwift {
          let place = "\(file.lastPathComponent):\(number + 1 - lines.count)"
          snippets.append(Snippet(place: place, lines: lines))
        }
        block = nil
      } else {
        isSwift = text == "```swift" || inComments && text == "```"
        block = []
      }
    }
    return snippets
  }

  private static func lines(of file: URL) throws -> [String] {
    try String(contentsOf: file, encoding: .utf8).components(separatedBy: "\n")
  }

  private static func files(in folder: String, ending: String) throws -> [URL] {
    let url = root.appendingPathComponent(folder)
    let names = FileManager.default.enumerator(atPath: url.path)?.compactMap { $0 as? String }
    return (names ?? []).filter { $0.hasSuffix(ending) }.sorted().map(url.appendingPathComponent)
  }
}
