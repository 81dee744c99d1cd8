package import Events
internal import Support

/// One figure of the benchmark, with what plain SQLite does beside it.
///
/// What each must reach is in `Tests/Benchmarks/thresholds.json`, which `check.py` compares.
package struct Measurement: Sendable {
  /// What was measured.
  package var name: String
  /// The figure, in `unit`.
  package var value: Double
  package var unit: String
  /// Further figures, such as percentiles, in the unit that their names end with.
  package var details: [(name: String, value: Double)] = []
  /// What plain SQLite did in the same run, in the same unit.
  package var plain: Double?

  package init(_ name: String, _ value: Double, _ unit: String) {
    self.name = name
    self.value = value
    self.unit = unit
  }

  /// The figure over that of plain SQLite.
  package var ratio: Double? { plain.map { value / $0 } }

  /// Writes the figure as an object.
  package func write(to json: inout JSONWriter) {
    json.object { json in
      json.member("name", name)
      json.raw("value", Array(Measurement.number(value).utf8))
      json.member("unit", unit)
      json.object("details") { json in
        for (name, value) in details { json.raw(name, Array(Measurement.number(value).utf8)) }
      }
      if let plain { json.raw("plain_sqlite", Array(Measurement.number(plain).utf8)) }
      if let ratio { json.raw("ratio", Array(Measurement.number(ratio).utf8)) }
    }
  }

  /// A decimal number with at most three places.
  package static func number(_ value: Double) -> String {
    let thousandths = Int64((value * 1000).rounded())
    let (whole, part) = thousandths.magnitude.quotientAndRemainder(dividingBy: 1000)
    let sign = thousandths < 0 ? "-" : ""
    guard part > 0 else { return "\(sign)\(whole)" }
    var digits = String(part)
    digits = String(repeating: "0", count: 3 - digits.count) + digits
    while digits.hasSuffix("0") { digits.removeLast() }
    return "\(sign)\(whole).\(digits)"
  }
}

/// Durations of one thing done many times.
package struct Samples {
  package private(set) var nanoseconds: [UInt64] = []

  package init(reserving count: Int = 0) {
    nanoseconds.reserveCapacity(count)
  }

  package mutating func add(_ duration: UInt64) {
    nanoseconds.append(duration)
  }

  /// Does something and adds how long it took.
  package mutating func time<R>(_ body: () throws -> R) rethrows -> R {
    let start = MonotonicTime.now()
    defer { add(MonotonicTime.now() - start) }
    return try body()
  }

  package mutating func add(_ other: Samples) {
    nanoseconds += other.nanoseconds
  }

  /// The part `part` of all samples is at most this many microseconds.
  package func microseconds(at part: Double) -> Double {
    let sorted = nanoseconds.sorted()
    guard !sorted.isEmpty else { return 0 }
    return Double(sorted[Int(Double(sorted.count - 1) * part)]) / 1000
  }
}
