internal import Glibc

/// The monotonic clock, for deadlines and durations; it never jumps.
package enum MonotonicTime {
  /// Nanoseconds since some fixed point.
  package static func now() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
  }

  /// Nanoseconds in a duration, 0 for a negative one.
  package static func nanoseconds(_ duration: Duration) -> UInt64 {
    let (seconds, attoseconds) = duration.components
    guard seconds >= 0, attoseconds >= 0 else { return 0 }
    let whole = UInt64(seconds).multipliedReportingOverflow(by: 1_000_000_000)
    return whole.overflow
      ? UInt64.max / 2 : whole.partialValue + UInt64(attoseconds / 1_000_000_000)
  }
}
