import Events
import Testing

@Suite("Trace context")
struct TraceContextTests {
  static let good = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

  @Test("A traceparent is read and written")
  func reads() throws {
    let context = try #require(TraceContext(Self.good))
    #expect(context.version == 0)
    #expect(context.traceID.high == 0x4bf9_2f35_77b3_4da6)
    #expect(context.traceID.low == 0xa3ce_929d_0e0e_4736)
    #expect(context.parentID == 0x00f0_67aa_0ba9_02b7)
    #expect(context.isSampled)
    #expect(context.traceID.description == "4bf92f3577b34da6a3ce929d0e0e4736")
    #expect(context.description == Self.good)
    let small = TraceContext(traceID: .init(high: 0, low: 1), parentID: 2, flags: 0)
    #expect(small?.description == "00-00000000000000000000000000000001-0000000000000002-00")
  }

  @Test(
    "Later versions may say more",
    arguments: [
      "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
      "cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-what-the-future-brings",
      "fe-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-",
      "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-ff",
      "00-00000000000000000000000000000001-0000000000000001-00",
    ]
  )
  func accepts(_ text: String) {
    #expect(TraceContext(text) != nil)
  }

  @Test(
    "What is malformed is refused",
    arguments: [
      "", "00", "00-", "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
      "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
      "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
      "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-extra",
      "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-",
      "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-1",
      "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0",
      "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
      "00-4bf92f3577b34da6a3ce929d0e0e4736-00F067AA0BA902B7-01",
      "00_4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
      "00-4bf92f3577b34da6a3ce929d0e0e473-00f067aa0ba902b7-01x",
      "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01.extra",
      "0g-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
      " 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
      "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0g",
    ]
  )
  func refuses(_ text: String) {
    #expect(TraceContext(text) == nil)
  }

  @Test("An id of zero can't be made")
  func zero() {
    #expect(TraceContext(traceID: .init(high: 0, low: 0), parentID: 1) == nil)
    #expect(TraceContext(traceID: .init(high: 1, low: 0), parentID: 0) == nil)
  }
}
