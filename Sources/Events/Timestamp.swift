/// A point in time as the log keeps it: microseconds since 1970-01-01T00:00:00Z.
///
/// Times never order anything in the log, `seq` does; they only measure.
public struct Timestamp: Sendable, Hashable, Comparable {
  /// Microseconds since 1970-01-01T00:00:00Z, negative before it.
  public var microseconds: Int64

  /// Makes a timestamp from microseconds since 1970-01-01T00:00:00Z.
  public init(microseconds: Int64) {
    self.microseconds = microseconds
  }

  /// Whether `lhs` is earlier than `rhs`.
  public static func < (lhs: Timestamp, rhs: Timestamp) -> Bool {
    lhs.microseconds < rhs.microseconds
  }

  /// The time from another time to this one in microseconds, negative if that is later.
  package func microseconds(since other: Timestamp) -> Int64 { microseconds &- other.microseconds }
}
