internal import Glibc
internal import Support

/// Where the time of one flow, a command or a call, has gone: with `RUNDIGEST_TIMING=1`, named
/// phases and their sum on standard error, whatever the log level.
///
/// ```swift
/// try await FlowTimer.flow("insight") { timer in
///   let store = try await RunStore.open(at: path)  // adds its own phases
///   let insight = try store.insight("agent-7")
///   timer?.work("read")
///   print(insight.lag)
/// }
/// ```
///
/// A phase is the time since the phase before, so phases cannot overlap and nothing is left out: they
/// sum to the total, to the microsecond that is printed. Own work and waiting for others are apart.
/// Without the variable a flow is one look at a constant.
public final class FlowTimer: Sendable {
  private struct Phase {
    let name: String
    let isWaiting: Bool
    /// Nanoseconds since the start of the flow.
    let end: UInt64
  }

  /// Whether flows are timed.
  package static let isOn = getenv("RUNDIGEST_TIMING").map { String(cString: $0) == "1" } ?? false

  @TaskLocal private static var bound: FlowTimer?

  private let name: String
  private let start: UInt64
  private let now: @Sendable () -> UInt64
  private let phases = Locked<[Phase]>([])

  package init(_ name: String, now: @escaping @Sendable () -> UInt64 = MonotonicTime.now) {
    self.name = name
    self.now = now
    start = now()
  }

  /// The flow that the task is in, if it is timed.
  public static var current: FlowTimer? { isOn ? bound : nil }

  /// Times `body` as a flow, or as a part of the one that it is in.
  public static func flow<R>(
    _ name: String,
    isolation: isolated (any Actor)? = #isolation,
    _ body: (FlowTimer?) async throws -> R
  ) async rethrows -> R {
    guard isOn else { return try await body(nil) }
    if let bound { return try await body(bound) }
    let timer = FlowTimer(name)
    defer { timer.print() }
    return try await $bound.withValue(timer) { try await body(timer) }
  }

  /// Ends a phase of own work.
  public func work(_ name: String) { end(name, isWaiting: false) }

  /// Ends a phase of waiting: for a lock, a disk, a turn or another process.
  public func wait(_ name: String) { end(name, isWaiting: true) }

  private func end(_ name: String, isWaiting: Bool) {
    phases.withLock { phases in
      // The pages of a long read are one phase.
      if let last = phases.last, last.name == name, last.isWaiting == isWaiting {
        phases.removeLast()
      }
      phases.append(
        Phase(name: name, isWaiting: isWaiting, end: max(now() - start, phases.last?.end ?? 0))
      )
    }
  }

  /// The phases and the total, a line each; what came after the last phase is `rest`.
  package func lines() -> [String] {
    end("rest", isWaiting: false)
    let phases = phases.withLock { $0 }
    let width = max(8, phases.map { $0.name.utf8.count }.max() ?? 0)
    var lines = ["timing: \(name)"]
    var before: UInt64 = 0
    var waited: UInt64 = 0
    for phase in phases {
      // The difference of rounded ends, not the rounded difference: so the lines add up.
      let micros = phase.end / 1000 - before / 1000
      before = phase.end
      if phase.isWaiting { waited += micros }
      lines.append(
        Self.line(
          phase.name,
          width: width,
          micros: micros,
          kind: phase.isWaiting ? "waiting" : "work"
        )
      )
    }
    let total = before / 1000
    lines.append(
      Self.line(
        "total",
        width: width,
        micros: total,
        kind: "work \(Self.milliseconds(total - waited)) ms, waiting "
          + "\(Self.milliseconds(waited)) ms"
      )
    )
    return lines
  }

  private func print() {
    // In one piece, so that flows that end together do not mix.
    let text = Array((lines().joined(separator: "\n") + "\n").utf8)
    text.withUnsafeBytes { _ = write(STDERR_FILENO, $0.baseAddress, $0.count) }
  }

  private static func line(
    _ name: String,
    width: Int,
    micros: UInt64,
    kind: String
  ) -> String {
    let time = milliseconds(micros)
    return "  " + name + String(repeating: " ", count: width - name.utf8.count)
      + String(repeating: " ", count: max(1, 12 - time.utf8.count)) + time + " ms  " + kind
  }

  private static func milliseconds(_ micros: UInt64) -> String {
    let rest = String(micros % 1000)
    return "\(micros / 1000)." + String(repeating: "0", count: 3 - rest.utf8.count) + rest
  }
}
