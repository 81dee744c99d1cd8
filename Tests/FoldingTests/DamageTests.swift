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

  private static func read(_ body: [UInt8], _ state: [UInt8]) throws {
    try body.withUnsafeBytes { body in
      try state.withUnsafeBytes { state in
        _ = try RunFold(body: body, state: state)
      }
    }
  }
}
