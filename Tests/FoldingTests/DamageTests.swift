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

  @Test("Stepping over a digest or a sum refuses exactly what reading it refuses")
  func skipping() throws {
    var numbers = SeededNumbers(seed: 5)
    var refused = 0
    var accepted = 0
    for seed in 0..<200 as Range<UInt64> {
      let fold = try FoldedRun.folding(RandomLog(seed: seed, eventsMax: 150).entries).fold
      let digest = fold.fold.digest
      for whole in [digest.encodedBody(), digest.totals.encodedBody()] {
        let isDigest = whole == digest.encodedBody()
        for _ in 0..<60 {
          var damaged = whole
          for _ in 0..<numbers.below(3) {
            damaged[numbers.below(damaged.count)] = UInt8(numbers.below(256))
          }
          if numbers.below(4) == 0 { damaged.removeLast(numbers.below(damaged.count)) }
          damaged.withUnsafeBytes { bytes in
            let isRead: Bool
            let isSkipped: Bool
            if isDigest {
              let read = try? Digest(body: bytes)
              let skipped = try? StoredDigest(body: bytes, family: nil)
              (isRead, isSkipped) = (read != nil, skipped != nil)
              // What was not refused opens to the same digest.
              #expect(skipped?.digest == read)
            } else {
              isRead = (try? Totals(body: bytes)) != nil
              isSkipped = (try? Totals.check(body: bytes)) != nil
            }
            #expect(isRead == isSkipped)
            if isRead { accepted += 1 } else { refused += 1 }
          }
        }
      }
    }
    #expect(refused > 1000 && accepted > 1000)
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
