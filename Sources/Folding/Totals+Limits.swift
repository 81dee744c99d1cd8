// What sums over a part of the events can be, beside what a reader expects: negative, or too large.
extension Totals {
  /// Whether a part is negative: a correction in it takes back what an earlier bucket counted.
  package var hasNegativePart: Bool {
    var copy = self
    return copy.takeNegativeParts() != Totals()
  }

  /// Whether a sum has reached the limits of 64 bits and stays there.
  package var isSaturated: Bool {
    func isFull(_ value: Int64) -> Bool { value == .max || value == .min }
    return counters.withFields { $0.contains(where: isFull) }
      || models.entries.contains { $0.value.withFields { $0.contains(where: isFull) } }
  }

  /// Takes out the negative tokens, costs and times, and returns them: the bucket before is to have them.
  package mutating func takeNegativeParts() -> Totals {
    var taken = Totals()
    for counter in Self.correctable where self[counter] < 0 {
      taken[counter] = self[counter]
      self[counter] = 0
    }
    var negative = NameMap<ModelUsage>()
    for index in 0..<models.count {
      let usage = models[at: index].takeNegativeFields()
      if usage.isZero { continue }
      _ = negative.append(models.names[index], usage)
    }
    taken.models = negative
    return taken
  }

  /// Adds what ``takeNegativeParts()`` took out of the bucket behind.
  package mutating func carry(_ taken: Totals) { add(taken) }

  private static let correctable: [DigestCounter] = [
    .modelMicros, .toolMicros, .waitingMicros, .idleMicros, .costNanoUSD,
  ]
}

extension CounterFields {
  fileprivate mutating func takeNegativeFields() -> Self {
    var taken = Self()
    taken.withMutableFields { taken in
      withMutableFields { fields in
        for index in fields.indices where fields[index] < 0 {
          taken[index] = fields[index]
          fields[index] = 0
        }
      }
    }
    return taken
  }
}

extension Int64 {
  /// The sum, or the nearest number that 64 bits hold.
  @inline(__always)
  static func saturatingAdd(_ lhs: inout Int64, _ rhs: Int64) {
    let (sum, isTooMuch) = lhs.addingReportingOverflow(rhs)
    lhs = isTooMuch ? (rhs < 0 ? .min : .max) : sum
  }

  /// The difference, or the nearest number that 64 bits hold.
  @inline(__always)
  static func saturatingSubtract(_ lhs: inout Int64, _ rhs: Int64) {
    let (difference, isTooMuch) = lhs.subtractingReportingOverflow(rhs)
    lhs = isTooMuch ? (rhs < 0 ? .max : .min) : difference
  }
}
