import Events
import Glibc

/// Times for people: in their zone.
enum LocalTime {
  /// `2026-06-01 14:00:05`.
  static func seconds(_ time: Timestamp?) -> String {
    format(time?.microseconds, "%Y-%m-%d %H:%M:%S")
  }

  /// `2026-06-01 14:00:05 CEST`.
  static func secondsAndZone(_ time: Timestamp?) -> String {
    format(time?.microseconds, "%Y-%m-%d %H:%M:%S %Z")
  }

  /// `2026-06-01 14:00`.
  static func minutes(_ time: Timestamp?) -> String {
    format(time?.microseconds, "%Y-%m-%d %H:%M")
  }

  /// `14:00:05.250`, for rows of one run.
  static func timeOfDay(_ microseconds: Int64) -> String {
    let rest = microseconds % 1_000_000
    let milliseconds = String((rest < 0 ? rest + 1_000_000 : rest) / 1000)
    return format(microseconds, "%H:%M:%S") + "."
      + String(repeating: "0", count: 3 - milliseconds.count) + milliseconds
  }

  /// The beginning of the day that a time is in, in microseconds.
  static func midnight(of microseconds: Int64) -> Int64 {
    var seconds = time_t(microseconds / 1_000_000)
    var parts = tm()
    guard localtime_r(&seconds, &parts) != nil else { return microseconds }
    parts.tm_hour = 0
    parts.tm_min = 0
    parts.tm_sec = 0
    parts.tm_isdst = -1
    return Int64(mktime(&parts)) * 1_000_000
  }

  static func format(_ microseconds: Int64?, _ pattern: String) -> String {
    guard let microseconds else { return "–" }
    var seconds = time_t(microseconds / 1_000_000 - (microseconds % 1_000_000 < 0 ? 1 : 0))
    var parts = tm()
    guard localtime_r(&seconds, &parts) != nil else {
      return Timestamp(microseconds: microseconds).description
    }
    // The C library writes the year 1 as `1`, where RFC 3339 has four digits.
    let year = String(Int(parts.tm_year) + 1900)
    let wide = String(repeating: "0", count: max(0, 4 - year.count)) + year
    let pattern = pattern.split(separator: "%Y", omittingEmptySubsequences: false)
      .joined(separator: wide)
    return withUnsafeTemporaryAllocation(of: CChar.self, capacity: 80) { buffer in
      let count = strftime(buffer.baseAddress, buffer.count, pattern, &parts)
      return String(
        decoding: buffer.prefix(count).map(UInt8.init(bitPattern:)),
        as: UTF8.self
      )
    }
  }
}
