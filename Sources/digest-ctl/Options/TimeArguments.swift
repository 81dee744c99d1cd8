import ArgumentParser
import Events
import Glibc
import RunDigest

/// A length of time as people type it: `90s`, `30m`, `24h`, `7d`, `2w`.
struct DurationArgument: ExpressibleByArgument, Sendable {
  let microseconds: Int64

  init?(argument: String) {
    guard let unit = argument.last, let count = Int64(argument.dropLast()), count >= 0 else {
      return nil
    }
    let seconds: [Character: Int64] = ["s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800]
    guard let length = seconds[unit] else { return nil }
    let (total, isTooMuch) = count.multipliedReportingOverflow(by: length * 1_000_000)
    guard !isTooMuch else { return nil }
    microseconds = total
  }
}

/// How long a run may be without an event before an import ends it: `30m`, or `off` for ever.
enum IdleArgument: ExpressibleByArgument, Sendable {
  case off
  case after(Duration)

  init?(argument: String) {
    if argument == "off" {
      self = .off
    } else if let time = DurationArgument(argument: argument) {
      self = .after(.microseconds(time.microseconds))
    } else {
      return nil
    }
  }

  var defaultValueDescription: String {
    switch self {
    case .off: "off"
    case .after(let duration): "\(duration.components.seconds / 60)m"
    }
  }

  /// The time; `nil` for ever.
  var duration: Duration? {
    switch self {
    case .off: nil
    case .after(let duration): duration
    }
  }
}

/// A point in time as people type it: a day, a time, or how long ago.
struct TimeArgument: ExpressibleByArgument, Sendable {
  let timestamp: Timestamp

  init?(argument: String) {
    if let ago = DurationArgument(argument: argument) {
      let now = StoreOptions.wallClock().microseconds
      timestamp = Timestamp(microseconds: now - ago.microseconds)
      return
    }
    if let exact = Timestamp(argument) {
      timestamp = exact
      return
    }
    // A day is one of the reader's own, from its midnight on.
    let parts = argument.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.map(\.utf8.count) == [4, 2, 2],
      parts.allSatisfy({ $0.utf8.allSatisfy { $0 &- 0x30 <= 9 } }),
      let year = Int32(parts[0]), let month = Int32(parts[1]), let day = Int32(parts[2]),
      // It must be a day of the calendar.
      Timestamp("\(argument)T00:00:00Z") != nil
    else { return nil }
    var midnight = tm()
    midnight.tm_year = year - 1900
    midnight.tm_mon = month - 1
    midnight.tm_mday = day
    midnight.tm_isdst = -1
    timestamp = Timestamp(microseconds: Int64(mktime(&midnight)) * 1_000_000)
  }
}
