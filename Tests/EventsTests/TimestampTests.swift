import Events
import FoundationEssentials
import TestSupport
import Testing

@Suite("Times")
struct TimestampTests {
  @Test(
    "RFC 3339 is read to the microsecond",
    arguments: [
      ("1970-01-01T00:00:00Z", 0), ("1970-01-01T00:00:00.000001Z", 1),
      ("1969-12-31T23:59:59.999999Z", -1), ("2026-06-01T00:00:00Z", 1_780_272_000_000_000),
      ("2026-06-01T02:00:00.25+02:00", 1_780_272_000_250_000),
      ("2026-05-31T18:30:00-05:30", 1_780_272_000_000_000),
      ("2026-06-01t00:00:00z", 1_780_272_000_000_000),
      ("2026-06-01T00:00:00-00:00", 1_780_272_000_000_000),
      ("2026-06-01T00:00:00.123456999Z", 1_780_272_000_123_456),
      ("2026-06-01T00:00:00.1Z", 1_780_272_000_100_000),
      ("2026-06-01T00:00:00.00000000000000000000000000001Z", 1_780_272_000_000_000),
      ("2026-05-31T23:59:60Z", 1_780_272_000_000_000),
      ("2026-05-31T23:59:60.5Z", 1_780_272_000_500_000),
      ("2024-02-29T00:00:00Z", 1_709_164_800_000_000),
      ("2000-02-29T00:00:00Z", 951_782_400_000_000),
      ("0000-01-01T00:00:00Z", -62_167_219_200_000_000),
      ("9999-12-31T23:59:59.999999Z", 253_402_300_799_999_999),
      ("2026-06-01T23:59:00+23:59", 1_780_272_000_000_000),
    ] as [(String, Int64)]
  )
  func reads(_ text: String, _ microseconds: Int64) {
    #expect(Timestamp(text) == Timestamp(microseconds: microseconds))
  }

  @Test(
    "What is no time is refused",
    arguments: [
      "", "2026-06-01", "2026-06-01T00:00:00", "2026-06-01 00:00:00Z", "2026-6-01T00:00:00Z",
      "2026-06-01T00:00Z", "2026-06-01T24:00:00Z", "2026-06-01T00:60:00Z", "2026-06-01T00:00:61Z",
      "2026-00-01T00:00:00Z", "2026-13-01T00:00:00Z", "2026-06-00T00:00:00Z",
      "2026-06-31T00:00:00Z",
      "2026-02-29T00:00:00Z", "1900-02-29T00:00:00Z", "2100-02-29T00:00:00Z",
      "2026-06-01T00:00:00.Z",
      "2026-06-01T00:00:00,5Z", "2026-06-01T00:00:00+0200", "2026-06-01T00:00:00+02",
      "2026-06-01T00:00:00+24:00", "2026-06-01T00:00:00+00:60", "2026-06-01T00:00:00Z ",
      " 2026-06-01T00:00:00Z", "2026-06-01T00:00:00ZZ", "2026-06-01T00:00:00.5",
      "+2026-06-01T00:00:00Z",
      "12026-06-01T00:00:00Z", "2026-06-01T00:00:00+02:00x", "2026/06/01T00:00:00Z",
      "2026-06-01T00-00-00Z", "0000-01-01T00:00:00+01:00", "9999-12-31T23:59:60Z",
      "9999-12-31T23:59:59-00:01", "2026-06-01T0é:00:00Z", "1780272000", "２026-06-01T00:00:00Z",
    ]
  )
  func refuses(_ text: String) {
    #expect(Timestamp(text) == nil)
  }

  @Test(
    "Times are written in UTC, milliseconds cut towards the past",
    arguments: [
      (0, "1970-01-01T00:00:00.000Z", "1970-01-01T00:00:00.000000Z", "1970-01-01T00:00:00.000Z"),
      (
        -1, "1969-12-31T23:59:59.999Z", "1969-12-31T23:59:59.999999Z", "1969-12-31T23:59:59.999999Z"
      ),
      (
        1_780_272_000_123_456, "2026-06-01T00:00:00.123Z", "2026-06-01T00:00:00.123456Z",
        "2026-06-01T00:00:00.123456Z"
      ),
      (
        1_780_272_000_120_000, "2026-06-01T00:00:00.120Z", "2026-06-01T00:00:00.120000Z",
        "2026-06-01T00:00:00.120Z"
      ),
      (
        -62_167_219_200_000_000, "0000-01-01T00:00:00.000Z", "0000-01-01T00:00:00.000000Z",
        "0000-01-01T00:00:00.000Z"
      ),
      (
        253_402_300_800_000_000, "+010000-01-01T00:00:00.000Z", "+010000-01-01T00:00:00.000000Z",
        "+010000-01-01T00:00:00.000Z"
      ),
    ] as [(Int64, String, String, String)]
  )
  func writes(_ microseconds: Int64, _ short: String, _ long: String, _ exact: String) {
    let time = Timestamp(microseconds: microseconds)
    #expect(time.description == short)
    #expect(time.rfc3339(.microseconds) == long)
    #expect(time.rfc3339(.exact) == exact)
  }

  @Test("The ends of 64 bits are written, not trapped on")
  func extremes() {
    #expect(Timestamp(microseconds: .max).description == "+294247-01-10T04:00:54.775Z")
    #expect(Timestamp(microseconds: .min).description == "-290308-12-21T19:59:05.224Z")
  }

  @Test("What was written is read as the same, and Foundation agrees", arguments: 0..<4)
  func roundTrip(_ seed: UInt64) throws {
    var generator = SeededNumbers(seed: seed)
    for _ in 0..<500 {
      let range: ClosedRange<Int64> = -62_167_219_200_000_000...253_402_300_799_999_999
      let time = Timestamp(microseconds: Int64.random(in: range, using: &generator))
      #expect(Timestamp(time.rfc3339(.microseconds)) == time)
      #expect(Timestamp(time.rfc3339(.exact)) == time)
      guard time.microseconds > -10_000_000_000_000_000 else { continue }
      let whole = time.rfc3339(.milliseconds).prefix(19) + "Z"
      let theirs = try Date(String(whole), strategy: .iso8601)
      #expect(
        Timestamp(String(whole))?.microseconds == Int64(theirs.timeIntervalSince1970) * 1_000_000
      )
    }
  }
}
