import Events
import TestSupport
import Testing

@Suite("The version of the package")
struct VersionTests {
  private let version = RunDigestVersion.current

  @Test("digest-ctl --version prints the version of the package")
  func program() throws {
    let (status, output) = try ChildProcess("digest-ctl", ["--version"]).finish()
    #expect(status == 0)
    #expect(String(decoding: output, as: UTF8.self) == version + "\n")
  }

  @Test(
    "a document names the version of the package and no other",
    arguments: ["README.md", "Sources/RunDigest/RunDigest.docc/RunDigest.md"]
  )
  func document(path: String) throws {
    let named = try TestFiles.text(path).matches(of: /Version (\d+\.\d+\.\d+)/).map { $0.1 }
    #expect(named == [version[...]])
  }

  @Test("the newest entry of the changelog is that of the version")
  func changelog() throws {
    let text = try TestFiles.text(".github/CHANGELOG.md")
    let newest = try #require(text.split(separator: "\n").first { $0.hasPrefix("## ") })
    #expect(newest.hasPrefix("## [\(version)]"))
  }
}
