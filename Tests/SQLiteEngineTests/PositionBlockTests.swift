import Storage
import TestSupport
import Testing

@testable import SQLiteEngine

@Suite("A block of positions")
struct PositionBlockTests {
  private func block(_ positions: [Int64]) -> PositionBlock {
    var block = PositionBlock()
    for pos in positions { block.append(pos) }
    return block
  }

  private func positions(_ bytes: [UInt8], skipping: Int = 0) throws -> [Int64] {
    var found: [Int64] = []
    try bytes.withUnsafeBytes {
      try PositionBlock.decode($0, skipping: skipping, into: &found)
    }
    return found
  }

  @Test("is the first position and then the gaps, seven bits to a byte, the lowest first")
  func bytes() {
    // 5, a gap of 1, one of 194 = 1 · 128 + 66, and one of 16 384 = 1 · 128².
    let block = block([5, 6, 200, 16_584])
    #expect(block.bytes == [0x05, 0x01, 0xC2, 0x01, 0x80, 0x80, 0x01])
    #expect(block.count == 4)
    #expect(block.last == 16_584)
  }

  @Test("gives back what was put into it, up to the last position there can be")
  func readBack() throws {
    let all: [Int64] = [1, 2, 128, 129, 1 << 20, 1 << 40, .max - 1, .max]
    let block = block(all)
    #expect(try positions(block.bytes) == all)
    #expect(try positions(block.bytes, skipping: 3) == Array(all[3...]))
    #expect(try positions(block.bytes, skipping: 99) == [])
    #expect(block.bytes.withUnsafeBytes { PositionBlock.count($0) } == 8)
    #expect(
      try block.bytes.withUnsafeBytes { try PositionBlock(bytes: $0, hash: block.hash) } == block
    )
  }

  @Test("goes back to what it was")
  func goesBack() {
    var block = block([7, 300])
    let before = block
    let savepoint = block.savepoint
    block.append(301)
    block.append(100_000)
    block.rollBack(to: savepoint)
    #expect(block == before)
    block.append(301)
    #expect(block == self.block([7, 300, 301]))
  }

  @Test(
    "that nobody wrote is damage",
    arguments: [
      // A number that goes on beyond the end, one of more bits than a position has, a gap of none, a
      // position beyond the last there can be.
      [0x85], [UInt8](repeating: 0x80, count: 9) + [0x01], [0x05, 0x00],
      [UInt8](repeating: 0xFF, count: 8) + [0x7F, 0x01],
    ] as [[UInt8]]
  )
  func damage(bytes: [UInt8]) {
    #expect(refusal { _ = try positions(bytes) } == .corrupt)
  }
}
