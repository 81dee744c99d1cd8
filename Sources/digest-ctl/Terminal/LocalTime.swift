import Events
import Glibc

/// Times for people: in their zone.
enum LocalTime {
  /// `2026-06-01 14:00:05`.
  static func seconds(_ microseconds: Int64?) -> String {
    format(microseconds, "%Y-%m-%d %H:%M:%S")
  }

  /// `2026-06-01 14:00:05 CEST`.
  static func secondsAndZone(_ microseconds: Int64?) -> String {
    format(microseconds, "%Y-%m-%d %H:%M:%S %Z")
  }

  /// `2026-06-01 14:00`.
  static func minutes(_ microseconds: Int64?) -> String {
    format(microseconds, "%Y-%m-%d %H:%M")
  }

  /// `14:00:05.250`, for rows of one run.
  static func timeOfDay(_ microseconds: Int64) -> String {
    let rest = microseconds % 1_000_000
    let milliseconds = String((rest < 0 ? rest + 1_000_000 : rest) / 1000)
    return format(microseconds, "%H:%M:%S") + "."
      + String(repeating: "0", count: 3 - milliseconds.count) + milliseconds
  }

  static func isSameDay(_ lhs: Int64, _ rhs: Int64) -> Bool {
    format(lhs, "%Y-%m-%d") == format(rhs, "%Y-%m-%d")
  }

  static func format(_ microseconds: Int64?, _ pattern: String) -> String {
    guard let microseconds else { return "–" }
    var seconds = time_t(microseconds / 1_000_000 - (microseconds % 1_000_000 < 0 ? 1 : 0))
    var parts = tm()
    guard localtime_r(&seconds, &parts) != nil else {
      return Timestamp(microseconds: microseconds).description
    }
    return withUnsafeTemporaryAllocation(of: CChar.self, capacity: 80) { buffer in
      let count = strftime(buffer.baseAddress, buffer.count, pattern, &parts)
      return String(
        decoding: buffer.prefix(count).map(UInt8.init(bitPattern:)),
        as: UTF8.self
      )
    }
  }
}
