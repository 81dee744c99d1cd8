import Storage
import Support
import Testing

@testable import RunDigest
@testable import Telemetry

@Suite("A flow's timing")
struct FlowTimerTests {
  @Test("names phases that do not overlap and sum to the total, waiting apart")
  func sums() throws {
    let clock = Locked<UInt64>(1000)
    let timer = FlowTimer("end") { clock.withLock { $0 } }
    func pass(_ nanoseconds: UInt64) { clock.withLock { $0 += nanoseconds } }
    pass(1_000_600)
    timer.work("look up")
    pass(2_000_600)
    timer.wait("queue")
    pass(600)
    timer.work("seal")
    pass(600)
    let lines = timer.lines()
    #expect(
      lines == [
        "timing: end",
        "  look up        1.000 ms  work",
        "  queue          2.001 ms  waiting",
        "  seal           0.000 ms  work",
        "  rest           0.001 ms  work",
        "  total          3.002 ms  work 1.001 ms, waiting 2.001 ms",
      ]
    )
  }

  @Test("costs nothing when nobody asked for it, and names no flow")
  func off() async throws {
    guard !FlowTimer.isOn else { return }
    await FlowTimer.flow("x") { timer in
      #expect(timer == nil)
      #expect(FlowTimer.current == nil)
    }
  }
}
