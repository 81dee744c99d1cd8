internal import Events

/// A time of day in a zone, as a person reads it: `3pm (Europe/Berlin)`, `Oct 6, 1:30pm (Asia/Tokyo)`.
struct ClockTime {
  var month: Int64?
  var day: Int64?
  /// Minutes since midnight.
  var minutes: Int64
  var zone: TimeZoneTable

  /// Reads the time behind a word; `nil` where there is none, or none with its zone.
  init?(behind word: String, in text: String) {
    guard let found = text.firstRange(of: word) else { return nil }
    var rest = text[found.upperBound...]
    if rest.hasPrefix("at ") { rest = rest.dropFirst(3) }
    if let (month, day, end) = Self.date(at: rest) {
      self.month = month
      self.day = day
      rest = end
    }
    guard let (minutes, end) = Self.time(at: rest), end.hasPrefix(" ("),
      let close = end.firstIndex(of: ")"),
      let zone = TimeZoneTable(String(end[..<close].dropFirst(2)))
    else { return nil }
    self.minutes = minutes
    self.zone = zone
  }

  private static let months = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
  ]

  private static func date(at text: Substring) -> (Int64, Int64, Substring)? {
    guard let month = months.firstIndex(where: { text.hasPrefix($0 + " ") }) else { return nil }
    let number = text.dropFirst(4).prefix { $0.isASCII && $0.isNumber }
    guard let day = Int64(number), (1...31).contains(day) else { return nil }
    let rest = text.dropFirst(4 + number.count).drop { $0 == "," || $0 == " " }
    return (Int64(month) + 1, day, rest.hasPrefix("at ") ? rest.dropFirst(3) : rest)
  }

  private static func time(at text: Substring) -> (Int64, Substring)? {
    let hourText = text.prefix { $0.isASCII && $0.isNumber }
    guard hourText.count <= 2, var hour = Int64(hourText) else { return nil }
    var rest = text.dropFirst(hourText.count)
    var minute: Int64 = 0
    var isClear = false
    if rest.first == ":" {
      guard let value = Int64(rest.dropFirst().prefix(2)), value < 60 else { return nil }
      minute = value
      rest = rest.dropFirst(3)
      isClear = true
    }
    if rest.hasPrefix("am") || rest.hasPrefix("pm") {
      guard (1...12).contains(hour) else { return nil }
      hour = hour % 12 + (rest.hasPrefix("pm") ? 12 : 0)
      rest = rest.dropFirst(2)
      isClear = true
    }
    return isClear && hour < 24 ? (hour * 60 + minute, rest) : nil
  }

  /// The first such time after another time; `nil` where the zone's rules are not known so far ahead.
  func next(after time: Timestamp) -> Timestamp? {
    let now = time.microseconds / 1_000_000
    guard let offset = zone.offset(at: now) else { return nil }
    let today = Self.floor(now + offset, by: 86_400)
    guard let month, let day else {
      return [today, today + 1].lazy.compactMap { moment($0) }.first { $0 > time }
    }
    let year = CivilDate(daysSince1970: today).year
    let days = [year, year + 1].map {
      CivilDate(year: $0, month: month, day: day).daysSince1970
    }
    return days.lazy.compactMap { moment($0) }.first { $0 > time }
  }

  /// The time on a day of the zone.
  private func moment(_ day: Int64) -> Timestamp? {
    let local = day * 86_400 + minutes * 60
    guard let guess = zone.offset(at: local), let offset = zone.offset(at: local - guess) else {
      return nil
    }
    return Timestamp(microseconds: (local - offset) * 1_000_000)
  }

  private static func floor(_ value: Int64, by divisor: Int64) -> Int64 {
    (value - (value % divisor + divisor) % divisor) / divisor
  }
}
