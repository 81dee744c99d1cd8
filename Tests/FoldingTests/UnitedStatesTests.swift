import Testing

@testable import Folding

@Suite("Requests that had to be served in the United States")
struct UnitedStatesTests {
  private func models(_ lines: String...) throws -> [String: ModelUsage] {
    let text = lines.map { #"{"run":"r",\#($0)}"# }.joined(separator: "\n")
    let log = MemoryLog(lines: Array(text.utf8))
    let totals = try FoldedRun.folding(log.runs["r"] ?? []).fold.fold.digest.totals
    return Dictionary(uniqueKeysWithValues: totals.models.entries.map { ($0.name, $0.value) })
  }

  private func usage(_ payload: String, id: String = "") -> String {
    #""kind":"usage",\#(id.isEmpty ? "" : #""id":"\#(id)","#)"payload":{"model":"m",\#(payload)}"#
  }

  @Test("A request with inference_geo us is in that part too, and no other is")
  func part() throws {
    let models = try models(
      usage(#""input_tokens":100,"output_tokens":7,"inference_geo":"us""#),
      usage(#""input_tokens":20,"inference_geo":"global""#),
      usage(#""input_tokens":3,"inference_geo":"US""#),
      usage(#""input_tokens":5,"inference_geo":"us","subagent":true"#)
    )
    let usage = try #require(models["m"])
    #expect(usage.own.input == 123 && usage.unitedStates.input == 100)
    #expect(usage.unitedStates.requests == 1 && usage.unitedStates.output == 7)
    #expect(usage.subagentUnitedStates.input == 5)
  }

  @Test("A correction takes the replaced request out of it")
  func correction() throws {
    let models = try models(
      usage(#""input_tokens":100,"inference_geo":"us""#, id: "a"),
      usage(#""input_tokens":60,"inference_geo":"us","replaces":"a""#),
      usage(#""input_tokens":9,"inference_geo":"us""#, id: "b"),
      usage(#""input_tokens":9,"replaces":"b""#)
    )
    #expect(models["m"]?.unitedStates.input == 60)
    #expect(models["m"]?.unitedStates.requests == 1)
    #expect(models["m"]?.own.input == 69)
  }

  @Test("The totals of a turn cut it, as they cut long context")
  func totals() throws {
    let models = try models(
      #""kind":"turn.start""#,
      usage(#""input_tokens":100,"output_tokens":7,"inference_geo":"us""#),
      #""kind":"turn.result","payload":{"by_model":{"m":{"input":40,"output":90}}}"#
    )
    #expect(models["m"]?.unitedStates.input == 40)
    #expect(models["m"]?.unitedStates.output == 7)
  }

  @Test("The stored form keeps it")
  func stored() throws {
    var usage = ModelUsage()
    usage.own.input = 2
    usage.unitedStates.input = 2
    usage.subagentUnitedStates.webSearches = 3
    var writer = ByteWriter()
    usage.encode(to: &writer)
    let stored = try writer.bytes.withUnsafeBytes { bytes in
      var reader = ByteReader(bytes)
      return try ModelUsage(from: &reader)
    }
    #expect(stored == usage)
  }
}
