import Events
import Glibc
import TestSupport
import Testing

@testable import Folding

@Suite("The memory of a fold")
struct FoldMemoryTests {
  /// A turn as an agent makes it; the result comes twice, so that the second corrects the first.
  private static func turn(_ number: Int) -> [(String, String)] {
    [
      ("turn.start", #"{"turn_id":"t\#(number)"}"#),
      ("text", #"{"text":"hello"}"#),
      ("tool_call", #"{"id":"c\#(number)","name":"bash","input":{"command":"ls"}}"#),
      ("tool_result", #"{"tool_use_id":"c\#(number)","is_error":false}"#),
      ("usage", #"{"model":"claude-x","input_tokens":100,"output_tokens":50}"#),
      ("turn.result", #"{"status":"success","cost_usd":0.01}"#),
      ("turn.result", #"{"status":"success","cost_usd":0.02}"#),
    ]
  }

  /// Folds turns, whose rows are taken and forgotten after each hundred.
  private static func fold(_ turns: Range<Int>, _ fold: inout RunFold) throws {
    for number in turns {
      for (kind, payload) in turn(number) {
        let entry = MemoryLog.Entry(
          event: Event(
            EventKind(rawValue: kind),
            payload: Payload(unchecked: Array(payload.utf8)),
            ts: Timestamp(microseconds: Int64(number))
          ),
          seq: fold.watermark + 1,
          ordinal: nil
        )
        try entry.withFoldEvent { event in
          let needs = fold.prepare(event)
          if needs.id != nil { fold.supply(call: nil, permission: nil) }
          if needs.open { fold.supplyOpen(calls: [], permissions: []) }
          try fold.step(event)
        }
      }
      guard number % 100 == 99 else { continue }
      _ = fold.takeChanges()
      fold.trim()
    }
  }

  @Test("does not grow with the turns that are behind it")
  func turns() async {
    // In a process of its own, for it is the whole process's memory that is measured. A turn's tally that
    // Swift 6.2 leaks (see `RunFold.applyResult`) comes to 3.4 MB here.
    await #expect(processExitsWith: .success) {
      var fold = RunFold()
      try Self.fold(0..<2000, &fold)
      let before = MemoryWatch.residentBytes
      try Self.fold(2000..<14_000, &fold)
      let grown = MemoryWatch.residentBytes - before
      #expect(fold.digest.totals[.eventCount] == 98_000)
      #expect(grown < 1 << 20, "\(grown) bytes for 12 000 turns")
      exit(grown < 1 << 20 ? EXIT_SUCCESS : EXIT_FAILURE)
    }
  }
}
