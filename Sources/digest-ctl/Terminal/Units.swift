import Events
import Pricing
import RunDigest

/// Numbers for people, with their units.
enum Units {
  /// `1234567` as `1,234,567`.
  static func count(_ value: Int64) -> String {
    let digits = String(value.magnitude)
    var text = ""
    for (index, digit) in digits.enumerated() {
      if index > 0, (digits.count - index) % 3 == 0 { text.append(",") }
      text.append(digit)
    }
    return value < 0 ? "-" + text : text
  }

  /// A count with its noun: `1 turn`, `2 turns`.
  static func count(_ value: Int64, _ noun: String) -> String {
    "\(count(value)) \(noun)\(value == 1 ? "" : "s")"
  }

  /// A count of nothing as a dash, so that the eye finds the others.
  static func countOrDash(_ value: Int64) -> String { value == 0 ? "–" : count(value) }

  /// Milliseconds in the unit that suits them.
  static func duration(_ milliseconds: Int64?) -> String {
    guard let milliseconds else { return "–" }
    // A part of a sum over some buckets may be negative: a turn that closed there took it back.
    if milliseconds < 0 { return "-" + duration(-milliseconds) }
    switch milliseconds {
    case ..<1000: return "\(milliseconds) ms"
    case ..<10_000: return "\(milliseconds / 1000).\(milliseconds % 1000 / 100) s"
    case ..<60_000: return "\(milliseconds / 1000) s"
    case ..<3_600_000: return "\(milliseconds / 60_000) min \(two(milliseconds / 1000 % 60)) s"
    case ..<86_400_000:
      return "\(milliseconds / 3_600_000) h \(two(milliseconds / 60_000 % 60)) min"
    default:
      return "\(milliseconds / 86_400_000) d \(two(milliseconds / 3_600_000 % 24)) h"
    }
  }

  /// Nano-dollars as dollars and cents, and finer below a dollar.
  static func money(_ nanodollars: Int64?) -> String {
    guard let nanodollars else { return "–" }
    let sign = nanodollars < 0 ? "-" : ""
    let micros = (nanodollars.magnitude + 500) / 1000
    if micros >= 1_000_000 || micros % 10_000 == 0 {
      let cents = (nanodollars.magnitude + 5_000_000) / 10_000_000
      return "\(sign)$\(count(Int64(cents / 100))).\(two(Int64(cents % 100)))"
    }
    let digits = String(micros / 100)
    return "\(sign)$0." + String(repeating: "0", count: 4 - digits.count) + digits
  }

  /// Billionths as a decimal number.
  static func decimal(_ billionths: Int64) -> String {
    var json = JSONWriter()
    json.money(billionths)
    return json.text
  }

  /// A cost, with a mark where it is an estimate, and another where it is the least that it is.
  static func cost(_ cost: ShownCost) -> String {
    let mark = cost.isMinimum ? "≥ " : cost.isEstimate ? "≈ " : ""
    return mark + money(cost.nanoUSD)
  }

  static func cost(_ estimate: CostEstimate) -> String {
    (estimate.isMinimum ? "≥ " : "≈ ") + money(estimate.nanoUSD)
  }

  /// What an estimate is, wherever one is shown.
  static let listPriceNote =
    "an estimate is a list-price equivalent; a subscription is not billed by the token"

  /// Bytes in the unit that suits them.
  static func bytes(_ bytes: Int64) -> String {
    var value = Double(bytes)
    var unit = "B"
    for next in ["KB", "MB", "GB", "TB"] where value >= 1000 {
      value /= 1000
      unit = next
    }
    return unit == "B" ? "\(bytes) B" : "\(oneDecimal(value)) \(unit)"
  }

  /// `part` of `whole` in whole per cent.
  static func percent(_ part: Int64, of whole: Int64) -> String {
    whole == 0 ? "–" : "\((part * 100 + whole / 2) / whole) %"
  }

  static func oneDecimal(_ value: Double) -> String {
    let tenths = Int64((value * 10).rounded())
    return "\(count(tenths / 10)).\(abs(tenths % 10))"
  }

  private static func two(_ value: Int64) -> String { value < 10 ? "0\(value)" : "\(value)" }
}
