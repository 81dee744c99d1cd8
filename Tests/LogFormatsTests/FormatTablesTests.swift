import LogFormats
import TestSupport
import Testing

@Suite("The tables of formats in the documents")
struct FormatTablesTests {
  @Test(
    "the documents have the tables that the formats' descriptions make",
    arguments: [
      ("README.md", [FormatTables.names]),
      ("Sources/RunDigest/RunDigest.docc/Formats.md", [.limits]),
      ("Sources/RunDigest/RunDigest.docc/Following.md", [.homes]),
    ]
  )
  func current(path: String, tables: [FormatTables]) throws {
    let document = try TestFiles.text(path)
    for table in tables { #expect(document.contains("<!-- formats: \(table.rawValue) -->")) }
    let updated = try #require(FormatTables.updated(document), "a table of \(path) has no end")
    let old = document.split(separator: "\n")
    let changed = updated.split(separator: "\n").filter { !old.contains($0) }
    let isCurrent = document == updated
    #expect(
      isCurrent,
      """
      \(path) is older than the formats: run `digest-ctl formats --write-tables \(path)`; \
      new lines: \(changed)
      """
    )
  }

  @Test("only what is between the comments of a table is written")
  func update() throws {
    let document = "before\n<!-- formats: names -->\n| old |\n<!-- formats: end -->\nbehind\n"
    let updated = try #require(FormatTables.updated(document))
    #expect(updated.hasPrefix("before\n<!-- formats: names -->\n\n| `--format` | reads |\n"))
    #expect(updated.hasSuffix(" |\n\n<!-- formats: end -->\nbehind\n"))
    #expect(!updated.contains("| old |"))
    #expect(FormatTables.updated(updated) == updated)
  }

  @Test(
    "a document whose table has no end, no beginning or an unknown name is not written",
    arguments: [
      "<!-- formats: names -->\n| a |\n", "<!-- formats: end -->\n",
      "<!-- formats: prices -->\n<!-- formats: end -->\n",
      "<!-- formats: names -->\n<!-- formats: homes -->\n<!-- formats: end -->\n",
    ]
  )
  func damaged(document: String) {
    #expect(FormatTables.updated(document) == nil)
  }
}
