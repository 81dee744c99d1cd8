extension Timestamp {
  /// Reads an RFC 3339 time, for example `2026-06-01T12:00:00.25+02:00`; `nil` if it is none.
  ///
  /// Digits past the microsecond are cut off, `t` and `z` are accepted, and second 60 is the
  /// next second. Dates must exist, and the time in UTC must lie in the years 0000 to 9999, so
  /// that every time that was read can be written again.
  public init?(_ text: String) {
    var text = text
    let parsed = text.withUTF8 { Timestamp(utf8: UnsafeRawBufferPointer($0)) }
    guard let parsed else { return nil }
    self = parsed
  }

  /// Reads an RFC 3339 time from its UTF-8 bytes.
  package init?(utf8 bytes: UnsafeRawBufferPointer) {
    guard bytes.count >= 20 else { return nil }
    guard bytes[4] == 0x2D, bytes[7] == 0x2D, bytes[10] | 0x20 == 0x74, bytes[13] == 0x3A,
      bytes[16] == 0x3A
    else { return nil }
    guard let century = Self.pair(bytes, 0), let yearInCentury = Self.pair(bytes, 2),
      let month = Self.pair(bytes, 5), let day = Self.pair(bytes, 8),
      let hour = Self.pair(bytes, 11), let minute = Self.pair(bytes, 14),
      let second = Self.pair(bytes, 17)
    else { return nil }
    let year = century * 100 + yearInCentury
    guard month >= 1, month <= 12, day >= 1, day <= CivilDate.days(inMonth: month, of: year),
      hour <= 23, minute <= 59, second <= 60
    else { return nil }

    var i = 19
    var fraction: Int64 = 0
    if bytes[i] == 0x2E {
      var digit: Int64 = 100_000
      i += 1
      let first = i
      while i < bytes.count && bytes[i] &- 0x30 <= 9 {
        fraction += Int64(bytes[i] &- 0x30) * digit
        digit /= 10
        i += 1
      }
      guard i > first else { return nil }
    }
    guard let offset = Self.offset(bytes, from: i) else { return nil }

    let days = CivilDate(year: year, month: month, day: day).daysSince1970
    let seconds = days * 86_400 + hour * 3_600 + minute * 60 + second - offset * 60
    guard seconds >= Self.firstSecond, seconds < Self.endSecond else { return nil }
    self.init(microseconds: seconds * 1_000_000 + fraction)
  }

  /// 0000-01-01T00:00:00Z and 10000-01-01T00:00:00Z.
  private static let firstSecond: Int64 = -62_167_219_200
  private static let endSecond: Int64 = 253_402_300_800

  /// The distance from UTC in minutes, which must end the text.
  private static func offset(_ bytes: UnsafeRawBufferPointer, from i: Int) -> Int64? {
    guard i < bytes.count else { return nil }
    if bytes[i] | 0x20 == 0x7A { return i + 1 == bytes.count ? 0 : nil }
    guard bytes[i] == 0x2B || bytes[i] == 0x2D, bytes.count == i + 6, bytes[i + 3] == 0x3A,
      let hours = pair(bytes, i + 1), let minutes = pair(bytes, i + 4), hours <= 23, minutes <= 59
    else { return nil }
    let size = hours * 60 + minutes
    return bytes[i] == 0x2D ? -size : size
  }

  /// Two digits.
  @inline(__always)
  private static func pair(_ bytes: UnsafeRawBufferPointer, _ i: Int) -> Int64? {
    let tens = bytes[i] &- 0x30
    let ones = bytes[i + 1] &- 0x30
    guard tens <= 9, ones <= 9 else { return nil }
    return Int64(tens) * 10 + Int64(ones)
  }
}
