import Events
import Testing

@testable import Folding

@Suite("A filter of ids")
struct IDFilterTests {
  private func ids(_ range: Range<Int>) -> [ExactText] { range.map { ExactText("call_\($0)") } }

  @Test("knows every id again that was added, beyond what it is for as well")
  func added() {
    var filter = IDFilter()
    for id in ids(0..<200_000) { filter.insert(id) }
    #expect(ids(0..<200_000).allSatisfy { filter.mayHave($0) })
  }

  // A word has four ids, and so 16 bits set at most, on average, four of which another id has with a chance
  // of one in 256: more where a word has more. With three times as many it has half of its bits set, which
  // is one in 16.
  @Test(
    "says of nearly all others that they are not there",
    arguments: [(0, 0), (1_000, 2), (9_000, 3), (70_000, 4), (200_000, 12)]
  )
  func others(count: Int, percent: Int) {
    var filter = IDFilter()
    for id in ids(0..<count) { filter.insert(id) }
    let wrong = ids(1_000_000..<1_010_000).count { filter.mayHave($0) }
    #expect(wrong <= percent * 100, "\(wrong) of 10 000")
  }

  @Test("takes as much memory as its ids need, and never more than 150 KB")
  func memory() {
    var filter = IDFilter()
    #expect(filter.bytes == 0)
    for (count, bytes) in [(1, 2_048), (1_024, 2_048), (1_025, 18_432), (300_000, 149_504)] {
      filter = IDFilter()
      for id in ids(0..<count) { filter.insert(id) }
      #expect(filter.bytes == bytes)
    }
  }
}
