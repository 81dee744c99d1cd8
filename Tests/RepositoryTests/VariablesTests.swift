import TestSupport
import Testing

/// The table stands in `.github/CONTRIBUTING.md`, under "Variables".
@Suite("The table of RUNDIGEST variables")
struct VariablesTests {
  private static let prefix = "RUNDIGEST" + "_"

  /// Guards of headers look like variables.
  private static func isGuard(_ name: Substring) -> Bool { name.hasSuffix("_H") }

  private static func names(in text: String) -> Set<Substring> {
    Set(text.matches(of: /RUNDIGEST_[A-Z0-9_]*[A-Z0-9]/).map(\.output).filter { !isGuard($0) })
  }

  /// The variables of the rows of the table.
  private static func table() throws -> Set<Substring> {
    let rows = try TestFiles.text(".github/CONTRIBUTING.md").split(separator: "\n")
      .filter { $0.hasPrefix("| `" + prefix) }
    return Set(rows.compactMap { $0.split(separator: "`").dropFirst().first })
  }

  /// The variables that code reads or sets, and scripts.
  private static func used() throws -> Set<Substring> {
    let endings = [".swift", ".c", ".h", ".sh", ".py", ".pl"]
    let files =
      ["Sources", "Tests"].flatMap { TestFiles.files(below: $0, endings: endings) } + [".ci/run"]
    return try files.reduce(into: []) { $0.formUnion(names(in: try TestFiles.text($1))) }
  }

  @Test("each variable that is used is in the table")
  func complete() throws {
    #expect(try Self.used().subtracting(Self.table()).sorted() == [])
  }

  @Test("each variable in the table is used")
  func current() throws {
    #expect(try Self.table().subtracting(Self.used()).sorted() == [])
  }
}
