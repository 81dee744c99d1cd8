import TestSupport
import Testing

@Suite("Imports between targets")
struct ImportsTests {
  @Test(
    "each target imports only what Package.swift lists for it",
    .enabled(if: Script.exists("python3"), "python3 is not installed")
  )
  func listed() throws {
    let found = try Script.run("RepositoryTests/target_imports.py", [])
    #expect(found.status == 0 && found.output.isEmpty, "\(found.output)")
  }
}
