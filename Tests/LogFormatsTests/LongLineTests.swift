import Events
import Testing

@testable import LogFormats

@Suite("A line too long to be held")
struct LongLineTests {
  /// Takes a line in pieces, and reads what is kept of it.
  private func take(_ line: String, pieces: Int) throws -> LongLine {
    var long = LongLine()
    let bytes = Array((line + "\n{}").utf8)
    var start = 0
    while !long.isComplete, start < bytes.count {
      let end = min(start + pieces, bytes.count)
      start += bytes[start..<end].withUnsafeBytes { long.take($0) }
    }
    #expect(start == bytes.count - 2)
    #expect(long.bytes == Int64(start))
    return long
  }

  private func value(_ long: LongLine, _ key: StaticString) throws -> String? {
    try long.kept.withUnsafeBytes { try JSONValue.parse($0)[key]?.string }
  }

  @Test("keeps everything but the ends of its long strings")
  func shortens() throws {
    let text = String(repeating: "x", count: 200_000)
    let line = #"{"id":"a\"b","text":"\#(text)","n":[1,{"deep":"\#(text)"}],"last":"z"}"#
    let long = try take(line, pieces: 1000)
    #expect(long.isShortened && !long.isGivenUp && long.kept.count < 140_000)
    #expect(try value(long, "id") == #"a"b"#)
    #expect(try value(long, "last") == "z")
    let kept = try #require(try value(long, "text"))
    #expect(kept == text.prefix(65_536) + "… (134464 bytes left out)")
  }

  @Test(
    "is never cut inside a character",
    arguments: ["é", "😀", #"\n"#, #"\\"#, #"\""#, #"\u00e9"#, #"\ud83d\ude00"#, #"\\\\\""#]
  )
  func cuts(_ character: String) throws {
    for padding in 65_520...65_540 {
      let text = String(repeating: "x", count: padding) + character + "yyyyyyyy" + character
      let line = #"{"text":"\#(text)","last":"z"}"#
      for pieces in [1 << 20, 65_537] {
        let long = try take(line, pieces: pieces)
        #expect(try value(long, "last") == "z", "\(padding)")
        let kept = try #require(try value(long, "text"))
        #expect(!kept.unicodeScalars.contains("\u{FFFD}"), "\(padding)")
      }
    }
  }

  @Test("is as it was where it has no long strings, and without NULs between its values")
  func leavesAlone() throws {
    let line = #"{"a":"\u0041\\","b":[true,null,-1.5e3]}"#
    let long = try take("\0\0" + line, pieces: 3)
    #expect(String(decoding: long.kept, as: UTF8.self) == line)
    #expect(!long.isShortened)
  }

  @Test("is given up where it is long without long strings, in little memory")
  func givesUp() throws {
    let piece = Array(String(repeating: #"{"a":"b"},"#, count: 100_000).utf8)
    var long = LongLine()
    for _ in 0..<40 { _ = piece.withUnsafeBytes { long.take($0) } }
    #expect(long.isGivenUp && !long.isComplete)
    #expect(long.kept.count == LongLine.stringBytesMax)
    #expect(long.bytes == 40_000_000)
  }
}
