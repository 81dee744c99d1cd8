internal import Foundation

/// The files of the package, its fixtures, and real logs.
package enum TestFiles {
  /// The package's folder.
  package static var root: String {
    "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
  }

  package static var fixtureFolder: String { root + "/Fixtures" }

  package static func bytes(_ path: String) throws -> [UInt8] {
    Array(try Data(contentsOf: URL(filePath: path)))
  }

  /// The text of a file of the package, named from its folder.
  package static func text(_ path: String) throws -> String {
    try String(contentsOfFile: root + "/" + path, encoding: .utf8)
  }

  /// The files below a folder of the package whose names end so, named from the package's folder.
  package static func files(below folder: String, endings: [String]) -> [String] {
    let found = FileManager.default.enumerator(atPath: root + "/" + folder)?.allObjects ?? []
    return found.compactMap { $0 as? String }
      .filter { name in endings.contains { name.hasSuffix($0) } }
      .map { folder + "/" + $0 }.sorted()
  }

  /// The folders of real logs, with colons between them; they are not a part of the package.
  package static var corpus: String? {
    ProcessInfo.processInfo.environment["RUNDIGEST_CORPUS"]
  }

  package static var corpusFolders: [String] {
    corpus?.split(separator: ":").map(String.init) ?? []
  }

  /// The files of a folder of real logs, in all of the corpus.
  package static func corpusFiles(_ folder: String) throws -> [String] {
    corpusFolders.flatMap { root in
      ((try? FileManager.default.contentsOfDirectory(atPath: root + "/" + folder)) ?? []).sorted()
        .map { root + "/" + folder + "/" + $0 }
    }
  }
}
