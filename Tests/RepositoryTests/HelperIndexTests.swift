import TestSupport
import Testing

@Suite("The index of the tests' helpers")
struct HelperIndexTests {
  private static let index = "Tests/TestSupport/TestSupport.swift"

  /// The files that the index names, from the folder Tests.
  private static func named() throws -> [String] {
    try TestFiles.text(index).matches(of: #/(?m)^//   (\S+\.swift)  /#)
      .map { $0.1.contains("/") ? "Tests/\($0.1)" : "Tests/TestSupport/\($0.1)" }
  }

  @Test("each file of TestSupport, and each support file of a suite, is in the index")
  func complete() throws {
    let named = Set(try Self.named())
    let helpers = TestFiles.files(below: "Tests/TestSupport", endings: [".swift"])
      .filter { $0 != Self.index }
    let supports = TestFiles.files(below: "Tests", endings: ["Support.swift", "Helpers.swift"])
      .filter { $0 != Self.index }
    #expect(Set(helpers + supports).subtracting(named).sorted() == [])
  }

  @Test("each file in the index is there")
  func current() throws {
    let there = Set(TestFiles.files(below: "Tests", endings: [".swift"]))
    let named = try Self.named()
    #expect(named.count > 20)
    #expect(named.filter { !there.contains($0) } == [])
  }
}
