import Events
import Testing

@Suite("The native log format")
struct NativeLineTests {
  static func parse(_ line: String, run: RunID? = nil) throws(LineProblem) -> NativeLine {
    let bytes = Array(line.utf8)
    let result = bytes.withUnsafeBytes { text -> Result<NativeLine, LineProblem> in
      do throws(LineProblem) {
        return .success(try NativeLine.parse(text, run: run))
      } catch {
        return .failure(error)
      }
    }
    return try result.get()
  }

  @Test("A full line gives all of the event")
  func full() throws {
    let line = try Self.parse(
      #"{"run":"r","seq":7,"pos":9,"session":"s","ordinal":3,"ts":"1970-01-01T00:00:01Z","#
        + #""kind":"text","producer":"user","id":"e1","traceparent":"tp","payload": {"a": 1} }"#
    )
    #expect(line.run.rawValue == "r")
    #expect(line.seq == 7)
    let expected = Event(
      "text",
      payload: Payload(unchecked: Array("{\"a\": 1}".utf8)),
      ts: Timestamp(microseconds: 1_000_000),
      producer: .user,
      session: "s",
      id: "e1",
      traceparent: "tp"
    )
    #expect(line.event == expected)
  }

  @Test("A line needs no more than a run and a kind")
  func least() throws {
    #expect(try Self.parse(#"{"kind":"x","run":"r"}"#).event == Event("x"))
  }

  @Test(
    "What is of a wrong type, empty or null reads as absent",
    arguments: [
      #""session":5"#, #""session":"""#, #""session":null"#, #""session":["s"]"#, #""id":{}"#,
      #""id":"""#,
      #""ts":17"#, #""ts":"yesterday""#, #""ts":"2026-02-30T00:00:00Z""#, #""ts":null"#,
      #""producer":"robot""#,
      #""producer":"""#, #""producer":1"#, #""traceparent":"""#, #""traceparent":true"#,
      #""payload":null"#,
      #""seq":"7""#, #""seq":1.5"#, #""seq":null"#, #""seq":true"#, #""seq":[1]"#,
      #""pos":-1,"ordinal":0"#,
      #""unknown":[{}]"#, #""id":"x","id":null"#, #""session":"s","session":3"#,
    ]
  )
  func absent(_ member: String) throws {
    #expect(
      try Self.parse("{\"run\":\"r\",\"kind\":\"x\",\(member)}")
        == NativeLine(run: RunID("r"), event: Event("x"))
    )
  }

  @Test("The last of two keys counts, and keys may be escaped")
  func twice() throws {
    let line = try Self.parse(
      #"{"run":"a","run":"b","kin\u0064":"x","\u006bind":"y","payload":{},"payload":[1],"\u0069d":"\u0041"}"#
    )
    #expect(line.run.rawValue == "b")
    #expect(line.event.kind == "y")
    #expect(line.event.id == "A")
    #expect(line.event.payload.json == "[1]")
  }

  @Test(
    "A payload that is no object is kept byte for byte",
    arguments: [
      "5", "\"\"", "[1, 2]", "true", "{\"a\" :1e400}", "\"\\ud800\"",
    ]
  )
  func keeps(_ payload: String) throws {
    #expect(
      try Self.parse("{\"run\":\"r\",\"kind\":\"x\",\"payload\": \(payload) }").event.payload.json
        == payload
    )
  }

  @Test("A seq is a whole number, however it is written")
  func seq() throws {
    #expect(try Self.parse(#"{"run":"r","kind":"x","seq":1.0}"#).seq == 1)
    #expect(try Self.parse(#"{"run":"r","kind":"x","seq":1e3}"#).seq == 1000)
    #expect(try Self.parse(#"{"run":"r","kind":"x","seq":9223372036854775807}"#).seq == .max)
  }

  @Test(
    "A line that is no event says why",
    arguments: [
      ("", LineProblem.notJSON(JSONError(offset: 0, isTruncated: true))),
      ("{\"run\":\"r\"", .notJSON(JSONError(offset: 10, isTruncated: true))),
      ("{\"run\":\"r\",\"kind\":\"x\"}}", .notJSON(JSONError(offset: 22, isTruncated: false))),
      ("nonsense", .notJSON(JSONError(offset: 1, isTruncated: false))),
      ("[]", .notAnObject), ("5", .notAnObject), ("null", .notAnObject),
      (#"{"kind":"x"}"#, .noRun), (#"{"run":"","kind":"x"}"#, .noRun),
      (#"{"run":5,"kind":"x"}"#, .noRun),
      (#"{"run":"a\nb","kind":"x"}"#, .unusableRun(.controlCharacter("\n"))),
      (#"{"run":"r"}"#, .noKind), (#"{"run":"r","kind":""}"#, .noKind),
      (#"{"run":"r","kind":1}"#, .noKind),
      (#"{"run":"r","kind":"x","seq":0}"#, .impossibleSeq),
      (#"{"run":"r","kind":"x","seq":-1}"#, .impossibleSeq),
      (#"{"run":"r","kind":"x","seq":1e30}"#, .impossibleSeq),
      (#"{"run":"r","kind":"x","seq":9223372036854775808}"#, .impossibleSeq),
    ]
  )
  func refuses(_ line: String, _ problem: LineProblem) {
    #expect(throws: problem) { try Self.parse(line) }
    #expect(problem.description.contains(" "))
  }

  @Test("A run from outside fills in for one that is absent, not for one that is wrong")
  func fallback() throws {
    let run = RunID("outside")
    #expect(try Self.parse(#"{"kind":"x"}"#, run: run).run == run)
    #expect(try Self.parse(#"{"kind":"x","run":"own"}"#, run: run).run.rawValue == "own")
    #expect(throws: LineProblem.unusableRun(.controlCharacter("\u{7F}"))) {
      try Self.parse("{\"kind\":\"x\",\"run\":\"\u{7F}\"}", run: run)
    }
  }

  @Test("What is written is read as the same event, on one line")
  func roundTrip() throws {
    let run = RunID("r \"1\"")
    let events: [Event] = [
      Event("x"), .text("a\nb\"é"), .usage(model: "m", input: 5, costUSD: 0.25),
      .toolCall(id: "c", name: "bash", input: ["command": "ls\t", "n": [1, nil, true, 0.5]]),
      Event(
        "y",
        payload: ["k": "v"],
        ts: Timestamp(microseconds: 1_234_567),
        producer: .system,
        session: "s",
        id: "i",
        traceparent: "t"
      ),
    ]
    for (i, event) in events.enumerated() {
      var json = JSONWriter()
      NativeLine.write(run: run, seq: Int64(i + 1), pos: 10, ordinal: 2, event: event, into: &json)
      #expect(!json.text.contains("\n"))
      #expect(try Self.parse(json.text) == NativeLine(run: run, seq: Int64(i + 1), event: event))
    }
  }

  @Test("Line ends between the parts of a payload become spaces")
  func oneLine() throws {
    var json = JSONWriter()
    let payload = try Payload(json: "{\r\n  \"a\": \"x\\ny\"\n}")
    NativeLine.write(run: RunID("r"), event: Event("x", payload: payload), into: &json)
    #expect(json.text == #"{"run":"r","kind":"x","producer":"agent","payload":{    "a": "x\ny" }}"#)
  }
}
