internal import Glibc

/// Finds that the machine slept, or that somebody set its clock: in that time anything may have
/// happened to files without a word.
struct ClockJump {
  /// The clocks, in nanoseconds.
  struct Reading {
    /// Goes on while the machine sleeps.
    var boot: Int64
    /// Stands still while it does.
    var monotonic: Int64
    /// What people set.
    var wall: Int64

    static var now: Reading {
      Reading(
        boot: nanoseconds(CLOCK_BOOTTIME),
        monotonic: nanoseconds(CLOCK_MONOTONIC),
        wall: nanoseconds(CLOCK_REALTIME)
      )
    }

    private static func nanoseconds(_ clock: clockid_t) -> Int64 {
      var time = timespec()
      clock_gettime(clock, &time)
      return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
  }

  private var last: Reading
  private static let tolerance: Int64 = 2_000_000_000

  init(_ reading: Reading = .now) {
    last = reading
  }

  /// Whether the clocks have drifted apart since the last time.
  mutating func happened(_ reading: Reading = .now) -> Bool {
    let passed = reading.monotonic - last.monotonic
    let slept = reading.boot - last.boot - passed
    let shifted = reading.wall - last.wall - (reading.boot - last.boot)
    last = reading
    return abs(slept) > Self.tolerance || abs(shifted) > Self.tolerance
  }
}
