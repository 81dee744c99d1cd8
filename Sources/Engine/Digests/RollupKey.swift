internal import Events
internal import Folding

/// What a rollup sums over.
package enum RollupScope: Int64, Sendable {
  /// The events stamped with a session.
  case session = 1
  /// A run and its descendants.
  case family = 2
  /// A bucket of 15 minutes.
  case fifteenMinutes = 3
  /// A bucket of a day in UTC.
  case day = 4
  /// A bucket of a month in UTC.
  case month = 5
}

/// What a window of time is split by.
public enum StatsDimension: Int64, Sendable, Hashable, CaseIterable {
  /// Not at all.
  case total = 1
  /// By engine.
  case agent
  /// By project.
  case project
  /// By machine.
  case host
  /// By model; a row holds only the model's part.
  case model
  /// By tool; a row holds only the tool's part.
  case tool
  /// By how runs ended; a row holds only their number.
  case outcome
}

/// The row of a rollup.
package struct RollupKey: Hashable, Sendable {
  package var scope: RollupScope
  /// A ``StatsDimension``, 0 for sessions and families.
  package var dimension: Int64
  /// The session, the run, or the number of the bucket.
  package var id: Int64
  package var key: String

  package init(scope: RollupScope, dimension: Int64, id: Int64, key: String) {
    self.scope = scope
    self.dimension = dimension
    self.id = id
    self.key = key
  }

  package static func == (lhs: RollupKey, rhs: RollupKey) -> Bool {
    lhs.id == rhs.id && lhs.scope == rhs.scope && lhs.dimension == rhs.dimension
      && lhs.key.isExactly(rhs.key)
  }

  package func hash(into hasher: inout Hasher) {
    hasher.combine(scope)
    hasher.combine(dimension)
    hasher.combine(id)
    hasher.combine(ExactText(key))
  }

  package static func session(_ session: SessionRowID) -> RollupKey {
    RollupKey(scope: .session, dimension: 0, id: session.rawValue, key: "")
  }

  package static func family(_ run: RunRowID) -> RollupKey {
    RollupKey(scope: .family, dimension: 0, id: run.rawValue, key: "")
  }

  package static func bucket(
    _ bucket: TimeBucket,
    _ dimension: StatsDimension,
    _ key: String
  ) -> RollupKey {
    RollupKey(
      scope: bucket.scope,
      dimension: dimension.rawValue,
      id: bucket.number,
      key: Totals.rollupKey(key)
    )
  }
}

/// A bucket: 15 minutes, a day or a month in UTC, by its number since 1970.
///
/// Windows are put together from the longest buckets that fit, so that a year is a few dozen rows.
package struct TimeBucket: Hashable, Sendable {
  package var scope: RollupScope
  package var number: Int64

  /// How many of 15 minutes a day has.
  package static let perDay: Int64 = 96

  package static func fifteenMinutes(_ number: Int64) -> TimeBucket {
    TimeBucket(scope: .fifteenMinutes, number: number)
  }

  /// The three buckets that one of 15 minutes lies in, itself first.
  package static func containing(_ bucket: Int64) -> [TimeBucket] {
    let day = floorDivide(bucket, perDay)
    return [
      .fifteenMinutes(bucket), TimeBucket(scope: .day, number: day),
      TimeBucket(scope: .month, number: month(ofDay: day)),
    ]
  }

  /// The month, counted from January 1970, that a day lies in.
  package static func month(ofDay day: Int64) -> Int64 {
    let date = CivilDate(daysSince1970: day)
    return (date.year - 1970) * 12 + date.month - 1
  }

  /// The first day of a month.
  package static func firstDay(ofMonth month: Int64) -> Int64 {
    let year = 1970 + floorDivide(month, 12)
    return CivilDate(year: year, month: month - floorDivide(month, 12) * 12 + 1, day: 1)
      .daysSince1970
  }

  package static func floorDivide(_ value: Int64, _ divisor: Int64) -> Int64 {
    value >= 0 ? value / divisor : -((-value + divisor - 1) / divisor)
  }

  /// What makes up the buckets of 15 minutes from `start` to before `end`: whole months if they fit, then
  /// whole days, then 15 minutes.
  package static func covering(from start: Int64, to end: Int64) -> [BucketRange] {
    guard start < end else { return [] }
    var parts: [BucketRange] = []
    func add(_ scope: RollupScope, _ numbers: Range<Int64>) {
      if !numbers.isEmpty { parts.append(BucketRange(scope: scope, numbers: numbers)) }
    }
    let firstDay = floorDivide(start + perDay - 1, perDay)
    let lastDay = floorDivide(end, perDay)
    guard firstDay < lastDay else {
      add(.fifteenMinutes, start..<end)
      return parts
    }
    add(.fifteenMinutes, start..<(firstDay * perDay))
    add(.fifteenMinutes, (lastDay * perDay)..<end)
    var firstMonth = month(ofDay: firstDay)
    if TimeBucket.firstDay(ofMonth: firstMonth) < firstDay { firstMonth += 1 }
    let lastMonth = month(ofDay: lastDay)
    guard firstMonth < lastMonth else {
      add(.day, firstDay..<lastDay)
      return parts
    }
    add(.day, firstDay..<TimeBucket.firstDay(ofMonth: firstMonth))
    add(.month, firstMonth..<lastMonth)
    add(.day, TimeBucket.firstDay(ofMonth: lastMonth)..<lastDay)
    return parts
  }
}

/// Adjacent buckets of one length.
package struct BucketRange: Hashable, Sendable {
  package let scope: RollupScope
  package let numbers: Range<Int64>

  package init(scope: RollupScope, numbers: Range<Int64>) {
    self.scope = scope
    self.numbers = numbers
  }
}
