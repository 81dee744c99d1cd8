import Events
import LogFormats
import Testing

/// Which rows of Codex's running totals are requests.
///
/// Figures are worked out by hand.
@Suite("Running totals of Codex")
struct CodexCounterTests {
  typealias Row = (total: [Int64], last: [Int64])

  static func counts(_ n: [Int64]) -> String {
    #"{"input_tokens":\#(n[0]),"cached_input_tokens":\#(n[1]),"output_tokens":\#(n[2]),"#
      + #""reasoning_output_tokens":0,"total_tokens":\#(n[0] + n[2])}"#
  }

  /// A log of one thread with these rows, its lines a second apart.
  static func log(
    _ rows: [Row],
    thread: String = "t",
    version: String = "0.140.0",
    at start: Int64 = 0,
    before: [String] = []
  ) -> [String] {
    var payloads = [
      ("session_meta", #"{"id":"\#(thread)","cwd":"/x","cli_version":"\#(version)"}"#),
      ("turn_context", #"{"model":"m"}"#),
      ("event_msg", #"{"type":"task_started","turn_id":"turn-\#(start)"}"#),
      ("event_msg", #"{"type":"user_message","message":"go on \#(start)"}"#),
    ]
    payloads += before.map { ("token_usage_record", $0) }
    for row in rows {
      let info =
        #"{"total_token_usage":\#(counts(row.total)),"last_token_usage":\#(counts(row.last))}"#
      payloads.append(("event_msg", #"{"type":"token_count","info":\#(info)}"#))
    }
    payloads.append(
      ("event_msg", #"{"type":"task_complete","turn_id":"turn-\#(start)"}"#)
    )
    return payloads.enumerated().map { i, line in
      let time = Timestamp(microseconds: (1_790_000_000 + start + Int64(i)) * 1_000_000)
      return #"{"timestamp":"\#(time)","type":"\#(line.0)","payload":\#(line.1)}"#
    }
  }

  static func read(_ logs: [[String]]) throws -> TestImport {
    var store = TestImport()
    for log in logs { try store.read(lines: log, .codex, rests: .afterEachLine) }
    return store
  }

  /// Input that no cache served, output, and cached input of the only model.
  static func tokens(_ store: TestImport) -> [Int64] {
    Array((store.totals.models["m"] ?? [0, 0, 0]).prefix(3))
  }

  @Test("A row that is written again, also much later, is not a request")
  func again() throws {
    let rows: [Row] = [
      ([100, 0, 10], [100, 0, 10]), ([250, 100, 15], [150, 100, 5]), ([100, 0, 10], [100, 0, 10]),
      ([250, 100, 15], [150, 100, 5]), ([400, 200, 18], [150, 100, 3]),
    ]
    let store = try Self.read([Self.log(rows)])
    #expect(Self.tokens(store) == [200, 18, 200])
    #expect(store.events(of: "codex:t", "usage").count == 3)
  }

  @Test("a smaller total is a new counter only if it equals its last request")
  func smaller() throws {
    let stale: [Row] = [
      ([100, 0, 10], [100, 0, 10]), ([250, 0, 15], [150, 0, 5]), ([240, 0, 14], [130, 0, 4]),
      ([400, 0, 18], [150, 0, 3]),
    ]
    #expect(Self.tokens(try Self.read([Self.log(stale)])) == [400, 18, 0])
    let reset: [Row] = [
      ([100, 0, 10], [100, 0, 10]), ([250, 0, 15], [150, 0, 5]), ([30, 0, 2], [30, 0, 2]),
      ([90, 0, 3], [60, 0, 1]),
    ]
    #expect(Self.tokens(try Self.read([Self.log(reset)])) == [340, 18, 0])
  }

  @Test("Two counters in one log go on from their own totals")
  func interleaved() throws {
    let rows: [Row] = [
      ([1000, 0, 10], [1000, 0, 10]), ([50, 0, 1], [50, 0, 1]), ([2100, 0, 20], [1100, 0, 10]),
      ([90, 0, 2], [40, 0, 1]), ([3300, 0, 30], [1200, 0, 10]), ([120, 0, 3], [30, 0, 1]),
    ]
    #expect(Self.tokens(try Self.read([Self.log(rows)])) == [3420, 33, 0])
  }

  @Test("A first total that carries a history counts its last request")
  func first() throws {
    let rows: [Row] = [
      ([90_000, 80_000, 500], [2000, 1500, 20]), ([92_500, 82_000, 530], [2500, 2000, 30]),
    ]
    #expect(Self.tokens(try Self.read([Self.log(rows)])) == [1000, 50, 3500])
  }

  @Test("Two logs of a thread share its counter, in either order, and read twice")
  func files() throws {
    let first = Self.log([([100, 0, 10], [100, 0, 10]), ([250, 0, 15], [150, 0, 5])])
    // The second begins with the last row of the first.
    let second = Self.log(
      [
        ([250, 0, 15], [150, 0, 5]), ([400, 0, 18], [150, 0, 3]), ([700, 0, 30], [300, 0, 12]),
      ],
      at: 100
    )
    for logs in [[first, second], [second, first], [first, second, second, first]] {
      #expect(Self.tokens(try Self.read(logs)) == [700, 30, 0])
    }
    // A row was lost between the two: the total has what it said.
    let later = Self.log([([900, 0, 40], [200, 0, 5])], at: 100)
    #expect(Self.tokens(try Self.read([first, later])) == [900, 40, 0])
  }

  // MARK: Records

  static func record(
    _ id: String,
    _ n: [Int64],
    thread: String? = "t",
    isFull: Bool = true
  )
    -> String
  {
    let thread = thread.map { #""thread_id":"\#($0)","# } ?? ""
    let more = isFull ? #","thread_token_usage":\#(counts(n))"# : ""
    return #"{\#(thread)"turn_id":"a","response_id":"\#(id)","usage":\#(counts(n))\#(more)}"#
  }

  @Test("Where responses have records, totals say nothing more of requests")
  func records() throws {
    let rows: [Row] = [([100, 40, 10], [100, 40, 10]), ([250, 40, 15], [150, 0, 5])]
    let records = [
      Self.record("r1", [100, 40, 10]), Self.record("r1", [100, 40, 10]),
      Self.record("r2", [9000, 8000, 700]), Self.record("r3", [150, 0, 5]),
    ]
    let store = try Self.read([Self.log(rows, version: "0.155.0", before: records)])
    #expect(Self.tokens(store) == [1210, 715, 8040])
    #expect(store.events(of: "codex:t", "usage").count == 3)
    // Also in versions that are not known to have them, from the first record on.
    let early = try Self.read([Self.log(rows, version: "0.120.0", before: records)])
    #expect(Self.tokens(early) == [1210, 715, 8040])
  }

  @Test("A bare record of a compaction stands beside the totals, unless these tell of it too")
  func bareRecords() throws {
    let rows: [Row] = [([100, 0, 10], [100, 0, 10]), ([250, 0, 15], [150, 0, 5])]
    let beside = [Self.record("c", [9000, 8000, 700], thread: nil, isFull: false)]
    let store = try Self.read([Self.log(rows, version: "0.150.1", before: beside)])
    #expect(Self.tokens(store) == [1250, 715, 8000])
    let told = [Self.record("c", [150, 0, 5], thread: nil, isFull: false)]
    let twice = try Self.read([Self.log(rows, version: "0.150.1", before: told)])
    #expect(Self.tokens(twice) == [250, 15, 0])
  }

  @Test("A version that has records, in a log without any, is counted by its totals")
  func withoutRecords() throws {
    let rows: [Row] = [([100, 0, 10], [100, 0, 10]), ([250, 0, 15], [150, 0, 5])]
    #expect(Self.tokens(try Self.read([Self.log(rows, version: "0.156.0")])) == [250, 15, 0])
  }

  @Test("A record of another thread belongs to that thread's run")
  func foreignRecord() throws {
    let records = [Self.record("r0", [70, 0, 7], thread: "other"), Self.record("r1", [10, 0, 1])]
    let log = Self.log([], version: "0.155.0", before: records)
    let store = try Self.read([log])
    #expect(store.story(of: "codex:t", showing: ["input_tokens"]).contains("usage input_tokens=10"))
    let others = store.story(of: "codex:other", showing: ["input_tokens"])
    #expect(others.filter { $0.hasPrefix("usage") } == ["usage input_tokens=70"])
    // That thread's own log has it too, which counts once.
    let own = Self.log(
      [],
      thread: "other",
      version: "0.155.0",
      before: [Self.record("r0", [70, 0, 7], thread: "other")]
    )
    for logs in [[log, own], [own, log]] {
      #expect(Self.tokens(try Self.read(logs))[0] == 80)
    }
  }

  // MARK: Model and tier

  @Test(
    "a model that is reported late is that of the requests before, and a tier that of those after"
  )
  func settings() throws {
    var lines = Self.log([([100, 0, 10], [100, 0, 10]), ([250, 0, 15], [150, 0, 5])])
    lines.remove(at: 1)
    let settings =
      #"{"timestamp":"2026-09-21T14:00:00Z","type":"event_msg","payload":{"type":"#
      + #""thread_settings_applied","thread_settings":{"model":"m","service_tier":"fast"}}}"#
    lines.insert(settings, at: 4)
    let store = try Self.read([lines])
    let usage = store.story(of: "codex:t", showing: ["model", "input_tokens", "tier", "replaces"])
      .filter { $0.hasPrefix("usage") }
    #expect(
      usage == [
        "usage input_tokens=100",
        "usage model=m input_tokens=100 replaces=usage/100-0-0-10-0-110/0",
        "usage model=m input_tokens=150 tier=priority",
      ]
    )
  }
}
