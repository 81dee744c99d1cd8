import TestSupport
import Testing

@testable import Folding

/// A stored row that was damaged reads back as an error, or as something: it never ends the process.
@Suite struct DamageTests {
  @Test("A digest and a state that were cut off anywhere do not read back")
  func truncation() throws {
    for seed in 0..<40 as Range<UInt64> {
      let fold = try FoldedRun.folding(RandomLog(seed: seed, eventsMax: 150).entries).fold
      let body = fold.fold.digest.encodedBody()
      let state = fold.fold.encodedState()
      for length in 0..<body.count where length < 200 || length % 7 == 0 {
        #expect(throws: FoldError.self) { try Self.read(Array(body[..<length]), state) }
      }
      for length in 0..<state.count {
        #expect(throws: FoldError.self) { try Self.read(body, Array(state[..<length])) }
      }
      #expect(throws: FoldError.self) { try Self.read(body + [0], state) }
      #expect(throws: FoldError.self) { try Self.read(body, state + [0]) }
    }
  }

  @Test("A digest and a state with changed bytes are read or refused")
  func changedBytes() throws {
    var numbers = SeededNumbers(seed: 3)
    for seed in 0..<100 as Range<UInt64> {
      let fold = try FoldedRun.folding(RandomLog(seed: seed, eventsMax: 150).entries).fold
      let body = fold.fold.digest.encodedBody()
      let state = fold.fold.encodedState()
      for _ in 0..<60 {
        var damagedBody = body
        var damagedState = state
        for _ in 0...numbers.below(3) {
          damagedBody[numbers.below(body.count)] = UInt8(numbers.below(256))
          damagedState[numbers.below(state.count)] = UInt8(numbers.below(256))
        }
        try? Self.read(damagedBody, state)
        try? Self.read(body, damagedState)
      }
    }
  }

  @Test(
    "A digest is read in parts exactly if it is read whole, and its maps open to the same digest"
  )
  func parts() throws {
    var numbers = SeededNumbers(seed: 5)
    var refused = 0
    for seed in 0..<200 as Range<UInt64> {
      let digest = try FoldedRun.folding(RandomLog(seed: seed, eventsMax: 150).entries).fold.fold
        .digest
      let whole = digest.encodedBody()
      let stored = try whole.withUnsafeBytes { try StoredDigest(body: $0) }
      #expect(stored.facts == digest.facts && stored.counters == digest.totals.counters)
      #expect(stored.digest == digest)
      for _ in 0..<60 {
        var damaged = whole
        for _ in 0..<numbers.below(3) {
          damaged[numbers.below(damaged.count)] = UInt8(numbers.below(256))
        }
        if numbers.below(4) == 0 { damaged.removeLast(numbers.below(damaged.count)) }
        if damaged == whole { continue }
        damaged.withUnsafeBytes { bytes in
          #expect(throws: FoldError.self) { try StoredDigest(body: bytes) }
          #expect(throws: FoldError.self) { try Digest(body: bytes) }
        }
        refused += 1
      }
    }
    #expect(refused > 5000)
  }

  @Test("A digest whose checksum is right and whose content is not reads back or is refused")
  func contentWithChecksum() throws {
    var numbers = SeededNumbers(seed: 7)
    for seed in 0..<100 as Range<UInt64> {
      let fold = try FoldedRun.folding(RandomLog(seed: seed, eventsMax: 150).entries).fold
      let content = Array(fold.fold.digest.encodedBody().dropFirst(9))
      for _ in 0..<30 {
        var damaged = content
        for _ in 0...numbers.below(3) {
          damaged[numbers.below(damaged.count)] = UInt8(numbers.below(256))
        }
        var writer = ByteWriter()
        writer.byte(Digest.bodyFormat)
        writer.fixed(damaged.withUnsafeBytes { NameBytes.hash(of: $0) })
        writer.append(damaged)
        writer.bytes.withUnsafeBytes { _ = try? Digest(body: $0) }
      }
    }
  }

  @Test("Integers of every length read back, and too long ones are refused")
  func integers() {
    var numbers = SeededNumbers(seed: 6)
    for bits in 0..<64 as Range<UInt64> {
      for tail in [0, 12] {
        let value = (numbers.next() | 1 << 63) >> (63 - bits)
        var writer = ByteWriter()
        writer.unsigned(value)
        let length = writer.bytes.count
        let bytes = writer.bytes + [UInt8](repeating: 0xFF, count: tail)
        bytes.withUnsafeBytes {
          var reader = ByteReader($0)
          #expect((try? reader.unsigned()) == value)
          #expect(reader.isAtEnd == (tail == 0) && bytes.count - length == tail)
          #expect((try? reader.unsigned()) == nil)
        }
      }
    }
    // Ten bytes whose last says more than the 64th bit.
    ([UInt8](repeating: 0xFF, count: 9) + [2]).withUnsafeBytes {
      var reader = ByteReader($0)
      #expect((try? reader.unsigned()) == nil)
    }
  }

  private static func read(_ body: [UInt8], _ state: [UInt8]) throws {
    try body.withUnsafeBytes { body in
      try state.withUnsafeBytes { state in
        _ = try RunFold(body: body, state: state)
      }
    }
  }
}
