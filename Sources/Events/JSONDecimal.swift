/// A JSON number taken as the decimal that it is written as, so that nothing is rounded twice.
struct JSONDecimal {
  private let bytes: UnsafeRawBufferPointer
  private let whole: Range<Int>
  private let fraction: Range<Int>
  private let exponent: Int

  /// Whether it is written with a minus; `-0` is.
  let isNegative: Bool

  /// Takes apart a number that the scanner has found valid.
  init(_ number: UnsafeRawBufferPointer) {
    func end(_ start: Int) -> Int {
      var i = start
      while i < number.count && number[i] &- 0x30 <= 9 { i += 1 }
      return i
    }
    bytes = number
    isNegative = number.first == 0x2D
    let wholeStart = isNegative ? 1 : 0
    whole = wholeStart..<end(wholeStart)
    var i = whole.upperBound
    if i < number.count && number[i] == 0x2E {
      fraction = (i + 1)..<end(i + 1)
      i = fraction.upperBound
    } else {
      fraction = i..<i
    }
    var power = 0
    if i < number.count {
      i += 1
      let isDown = number[i] == 0x2D
      if isDown || number[i] == 0x2B { i += 1 }
      while i < number.count {
        // Far past any text's length, more digits change nothing.
        if power < 1 << 48 { power = power * 10 + Int(number[i] &- 0x30) }
        i += 1
      }
      if isDown { power = -power }
    }
    exponent = power
  }

  /// What was cut off behind the integer part.
  enum Rest { case none, belowHalf, half, aboveHalf }

  /// The integer part and the rest of the number's size times ten to the `power`; `nil` where
  /// the integer part exceeds 64 bits.
  func scaled(by power: Int) -> (magnitude: UInt64, rest: Rest)? {
    let length = whole.count + fraction.count
    let taken = whole.count + exponent + power
    var magnitude: UInt64 = 0
    var i = 0
    while i < taken {
      // Zeros behind the last digit: of nothing they make nothing, of all else soon too much.
      if i >= length && magnitude == 0 { break }
      let (product, tooBig) = magnitude.multipliedReportingOverflow(by: 10)
      let (sum, carry) = product.addingReportingOverflow(i < length ? digit(i) : 0)
      if tooBig || carry { return nil }
      magnitude = sum
      i += 1
    }
    return (magnitude, rest(from: taken, length: length))
  }

  /// Whether it has no fraction, whatever its size.
  var isInteger: Bool {
    rest(from: whole.count + exponent, length: whole.count + fraction.count) == .none
  }

  private func rest(from start: Int, length: Int) -> Rest {
    if start >= length { return .none }
    if start < 0 { return isZero(from: 0, length: length) ? .none : .belowHalf }
    let isExact = isZero(from: start + 1, length: length)
    switch digit(start) {
    case 0 where isExact: return .none
    case 0..<5: return .belowHalf
    case 5: return isExact ? .half : .aboveHalf
    default: return .aboveHalf
    }
  }

  private func isZero(from start: Int, length: Int) -> Bool {
    (start..<max(start, length)).allSatisfy { digit($0) == 0 }
  }

  private func digit(_ i: Int) -> UInt64 {
    let at = i < whole.count ? whole.lowerBound + i : fraction.lowerBound + i - whole.count
    return UInt64(bytes[at] &- 0x30)
  }
}

/// The largest counts that are read; a larger one reads as absent.
package enum CountLimit {
  /// Of durations in milliseconds.
  package static let milliseconds: Int64 = 100_000_000_000
  /// Of tokens.
  package static let tokens: Int64 = 1_000_000_000_000
}

extension JSONDecimal {
  /// The largest count, and the largest size of a signed one: 2 to the 53rd.
  static let countMax: UInt64 = 1 << 53

  /// A count: sign and limit are looked at first, then the fraction is cut off.
  static func count(
    _ number: UnsafeRawBufferPointer,
    atMost limit: Int64 = Int64(countMax)
  ) -> Int64? {
    guard let value = signed(number, atMost: UInt64(limit)) else { return nil }
    guard number[0] == 0x2D else { return value }
    // Only a true zero may carry a minus.
    guard value == 0, case (_, .none)? = JSONDecimal(number).scaled(by: 0) else { return nil }
    return 0
  }

  /// A whole number of either sign, its fraction cut off.
  static func signed(
    _ number: UnsafeRawBufferPointer,
    atMost limit: UInt64 = countMax
  ) -> Int64? {
    if let plain = plainInteger(number) { return plain <= limit ? plain : nil }
    let decimal = JSONDecimal(number)
    guard let (size, rest) = decimal.scaled(by: 0), size <= limit, size < limit || rest == .none
    else { return nil }
    return decimal.isNegative ? -Int64(size) : Int64(size)
  }

  /// An integer of the whole 64-bit range, however it is written; `nil` for anything else.
  static func integer(_ number: UnsafeRawBufferPointer) -> Int64? {
    if let plain = plainInteger(number) { return plain }
    let decimal = JSONDecimal(number)
    guard let (size, rest) = decimal.scaled(by: 0), rest == .none else { return nil }
    return decimal.withSign(size)
  }

  /// Dollars as whole nano-dollars, half away from zero.
  static func nanodollars(_ number: UnsafeRawBufferPointer) -> Int64? {
    rounded(number, timesTenTo: 9)
  }

  /// A number times a power of ten, rounded half away from zero.
  static func rounded(_ number: UnsafeRawBufferPointer, timesTenTo power: Int) -> Int64? {
    let decimal = JSONDecimal(number)
    guard let (size, rest) = decimal.scaled(by: power) else { return nil }
    let isUp = rest == .half || rest == .aboveHalf
    let (rounded, overflow) = size.addingReportingOverflow(isUp ? 1 : 0)
    return overflow ? nil : decimal.withSign(rounded)
  }

  private func withSign(_ size: UInt64) -> Int64? {
    if isNegative { return size > 1 << 63 ? nil : Int64(truncatingIfNeeded: 0 &- size) }
    return Int64(exactly: size)
  }

  /// The common case: up to 15 digits and nothing else.
  @inline(__always)
  private static func plainInteger(_ number: UnsafeRawBufferPointer) -> Int64? {
    guard number.count <= 15 else { return nil }
    var value: Int64 = 0
    for byte in number {
      guard byte &- 0x30 <= 9 else { return nil }
      value = value &* 10 &+ Int64(byte &- 0x30)
    }
    return value
  }
}
