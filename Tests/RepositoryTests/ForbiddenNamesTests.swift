import TestSupport
import Testing

@Suite("Names of code that was taken out")
struct ForbiddenNamesTests {
  /// In two parts, so that this file does not contain them.
  private static let names: [(String, String)] = [
    ("He", "ads"), ("Held", "Tail"), ("Held", "Tails"), ("Fold", "Box"), ("Commit", "Hints"),
    ("Dirty", "Runs"), ("Push", "es"), ("Rebuild", "Lanes"), ("Post", "ings"), ("Log", "VFS"),
    ("Log", "Sync"), ("Log", "Copy"), ("Log", "File"), ("Mail", "box"), ("Lending", "Pool"),
    ("Turn", "About"), ("Turn", "Tally"), ("Run", "Key"), ("ID", "Filter"),
    ("Statement", "Table"), ("Name", "Index"),
  ]

  @Test(
    "no source and no test has an identifier that was taken out",
    arguments: names.map { $0 + $1 }
  )
  func absent(name: String) throws {
    let folders = ["Sources", "Tests"].map { TestFiles.root + "/" + $0 }
    let options = ["--recursive", "--word-regexp", "--count", "--include=*.swift", name]
    let (status, output) = try Script.run(program: "grep", options + folders)
    let files = output.split(separator: "\n").filter { !$0.hasSuffix(":0") }
    #expect(status == 1, "\(name) is in \(files.count) files: \(files.prefix(5))")
  }
}
