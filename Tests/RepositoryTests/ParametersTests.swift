import TestSupport
import Testing

@Suite("Parameters without a label")
struct ParametersTests {
  @Test(
    "no function has four or more parameters without a label",
    .enabled(if: Script.exists("python3"), "python3 is not installed"),
    arguments: [
      "Events", "Folding", "Support", "Telemetry", "Engine", "EventLog", "Digests", "SQLiteEngine",
      "RunDigest", "Pricing", "LogFormats", "Bench", "digest-ctl",
    ]
  )
  func target(name: String) throws {
    let folder = "\(TestFiles.root)/Sources/\(name)"
    let found = try Script.run("RepositoryTests/unlabelled_parameters.py", [folder])
    #expect(found.status == 0 && found.output.isEmpty, "\(found.output)")
  }
}
