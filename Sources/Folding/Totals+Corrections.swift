// What a sum over a part of the events can be, beside what a reader expects: negative.
extension Totals {
  /// Whether a part is negative: a correction in it takes back what an earlier bucket counted.
  package var hasNegativePart: Bool {
    var copy = self
    return copy.takeNegativeParts() != Totals()
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
