import Events
import FoundationEssentials
import Testing

/// Measured by hand: `RUNDIGEST_MEASURE=1 swift test -c release --filter Throughput`.
@Suite(
  "Throughput of the scan",
  .enabled(if: ProcessInfo.processInfo.environment["RUNDIGEST_MEASURE"] != nil)
)
struct ScanThroughputTests {
  static let bodies: [(String, String)] = [
    ("prose", "The quick brown fox jumps over the lazy dog, then writes a test for it. "),
    ("code", #"let x = f(\"a\", 12);\n  if (y) { return x; }\n    // note: keep\n"#),
    ("French", "Les élèves — çà et là — ont réussi « l’épreuve ». "),
    ("Chinese", "这是一个测试，用来看看速度如何。"),
  ]

  @Test("3 KB payloads are validated and read at 800 MB/s", arguments: bodies)
  func measures(_ name: String, _ phrase: String) {
    let body = String(repeating: phrase, count: 2_700 / phrase.utf8.count + 1)
    var all: [UInt8] = []
    var ends: [Int] = []
    for i in 0..<10_000 {
      all += Array(
        """
        {"text":"\(body)","model":"m-\(i % 7)","turn_id":"t\(i)","subagent":false,"cost_usd":0.25,\
        "usage":{"a":[1,2,{"b":null}]},"input_tokens":\(i),"output_tokens":\(i * 3),"other":[]}
        """.utf8
      )
      ends.append(all.count)
    }
    var fields = PayloadFields()
    var best = Duration.seconds(1_000)
    for _ in 0..<5 {
      let time = ContinuousClock().measure {
        all.withUnsafeBytes { bytes in
          var from = 0
          for end in ends {
            fields.scan(UnsafeRawBufferPointer(rebasing: bytes[from..<end]))
            let model = fields.string(.model)
            let tokens = fields.count(.inputTokens)
            let cost = fields.money(.costUSD)
            if model == nil || tokens == nil || cost != 250_000_000 { Issue.record("lost a field") }
            from = end
          }
        }
      }
      best = min(best, time)
    }
    let speed = Int(Double(all.count) / (best / .microseconds(1)))
    print("\(name): \(speed) MB/s")
    #expect(speed >= 800)
  }
}
