extension Timestamp: CustomStringConvertible {
  /// How finely a time is written.
  public enum Precision: Sendable {
    /// Three digits, what is finer cut off towards the past.
    case milliseconds
    /// Six digits, which is all that there is.
    case microseconds
    /// Three digits where they say it all, else six.
    case exact
  }

  /// The time in UTC to the millisecond, for example `2026-06-01T00:00:00.000Z`.
  public var description: String { rfc3339(.milliseconds) }

  /// Writes the time in UTC as RFC 3339 has it.
  ///
  /// Years that RFC 3339 can't write, which no parsed time has, get a sign and as many digits
  /// as they need.
  public func rfc3339(_ precision: Precision) -> String {
    String(unsafeUninitializedCapacity: Self.utf8CountMax) { buffer in
      guard let target = buffer.baseAddress else { return 0 }
      return write(precision, to: target)
    }
  }

  /// Room enough for any time.
  static let utf8CountMax = 40

  /// Writes the time as UTF-8, and answers how many bytes that took.
  func write(_ precision: Precision, to target: UnsafeMutablePointer<UInt8>) -> Int {
    let (seconds, fraction) = Self.floorDivide(microseconds, 1_000_000)
    let (days, second) = Self.floorDivide(seconds, 86_400)
    let date = CivilDate(daysSince1970: days)
    var end = 0
    func byte(_ byte: UInt8) {
      target[end] = byte
      end += 1
    }
    func digits(_ value: Int64, _ count: Int) {
      var rest = value
      for place in (0..<count).reversed() {
        target[end + place] = UInt8(0x30 + rest % 10)
        rest /= 10
      }
      end += count
    }
    if date.year < 0 || date.year > 9_999 {
      byte(date.year < 0 ? 0x2D : 0x2B)
      digits(abs(date.year), 6)
    } else {
      digits(date.year, 4)
    }
    byte(0x2D)
    digits(date.month, 2)
    byte(0x2D)
    digits(date.day, 2)
    byte(0x54)
    digits(second / 3_600, 2)
    byte(0x3A)
    digits(second / 60 % 60, 2)
    byte(0x3A)
    digits(second % 60, 2)
    byte(0x2E)
    let isShort =
      switch precision {
      case .milliseconds: true
      case .microseconds: false
      case .exact: fraction % 1_000 == 0
      }
    digits(isShort ? fraction / 1_000 : fraction, isShort ? 3 : 6)
    byte(0x5A)
    return end
  }

  private static func floorDivide(_ value: Int64, _ by: Int64) -> (quotient: Int64, rest: Int64) {
    let (quotient, rest) = value.quotientAndRemainder(dividingBy: by)
    return rest < 0 ? (quotient - 1, rest + by) : (quotient, rest)
  }
}
