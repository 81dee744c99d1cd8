internal import Foundation
import TestSupport
import Testing

@Suite("check_prices.py: the built-in list beside public ones")
struct PriceCheckTests {
  private let folder = FileManager.default.temporaryDirectory
    .appendingPathComponent("check-prices-\(UUID().uuidString)")

  private func write(_ text: String, to name: String) throws -> String {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let url = folder.appendingPathComponent(name)
    try Data(text.utf8).write(to: url)
    return url.path
  }

  private func check(_ arguments: String...) throws -> (status: Int32, output: String) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    let script = Script.path("Prices/check_prices.py")
    process.arguments = ["python3", "-B", script, "--on", "2026-11-29"] + arguments
    let output = Pipe()
    (process.standardOutput, process.standardError) = (output, output)
    try process.run()
    let data = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return (process.terminationStatus, String(decoding: data, as: UTF8.self))
  }

  private static let ours = """
    {"version": 1, "date": "2026-11-20", "models": {
      "claude-nine": {"input": 1, "output": 5, "tiers": {"batch": 0.5},
        "long_context": {"above": 200000, "input": 2, "output": 6}},
      "gpt-9": {"prices": [{"input": 4, "output": 8}, {"from": "2026-06-01", "input": 3, "output": 8}]},
      "kimi-9": {"input": 1, "output": 2}}}
    """

  @Test(
    "it says how old each list is, and each price that is not the same",
    .enabled(if: Script.exists("python3"))
  )
  func differences() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let ours = try write(Self.ours, to: "ours.json")
    let lite = try write(
      """
      {"claude-nine": {"input_cost_per_token": 1e-6, "output_cost_per_token": 5e-6,
         "input_cost_per_token_above_200k_tokens": 3e-6,
         "output_cost_per_token_above_200k_tokens": 6e-6,
         "output_cost_per_token_batches": 2.5e-6, "input_cost_per_token_batches": 5e-7,
         "source": "seen on 2026-10-30"},
       "gpt-9": {"input_cost_per_token": 3e-6, "output_cost_per_token": 8e-6},
       "gpt-9-audio": {"input_cost_per_token": 3e-6, "output_cost_per_token": 8e-6},
       "gpt-10": {"input_cost_per_token": 3e-6, "output_cost_per_token": 8e-6,
         "deprecation_date": "2026-11-28"},
       "moonshot/kimi-9": {"input_cost_per_token": 1e-6, "output_cost_per_token": 2e-6}}
      """,
      to: "lite.json"
    )
    let genai = try write(
      """
      providers: list[Provider] = [Provider(id='anthropic', models=[ModelInfo(id='claude-nine',
        match=ClauseOr(or_=[ClauseEquals(equals='claude-nine'), ClauseContains(contains='!')]),
        prices=[ConditionalPrice(prices=ModelPrice(input_mtok=Decimal('9'), output_mtok=Decimal('9'))),
          ConditionalPrice(constraint=StartDateConstraint(start_date=datetime.date(2026, 11, 1)),
            prices=ModelPrice(input_mtok=TieredPrices(base=Decimal('1'),
              tiers=[Tier(start=200000, price=Decimal('2'))]),
              output_mtok=TieredPrices(base=Decimal('5'),
              tiers=[Tier(start=200000, price=Decimal('6'))])))])])]
      """,
      to: "data.py"
    )
    let none = folder.appendingPathComponent("none.json").path
    let result = try check("--list", ours, "--settled", none, lite, genai)
    #expect(result.status == 1, "\(result.output)")
    let lines = result.output.split(separator: "\n").map(String.init)
    #expect(lines.first == "ours.json: 3 models, as of 2026-11-20, 9 days ago")
    #expect(result.output.contains("newest day named 2026-10-30, 30 days ago; 3 of ours are in it"))
    #expect(result.output.contains("newest day named 2026-11-01, 28 days ago; 1 of ours are in it"))
    let found = lines.filter { $0.contains("DIFFERS") }
    #expect(found.count == 4)
    // Their batches have one price at all lengths.
    #expect(found.contains { $0.contains("claude-nine: batch output above 200k: ours 3, ") })
    #expect(found.contains { $0.contains("claude-nine: input above 200k: ours 2, ") })
    #expect(found.contains { $0.contains("gpt-10: model: ours none, ") })
    #expect(lines.last == "4 differences, 0 settled")

    let settled = try write(
      #"[{"list":"*","model":"*","field":"*","why":"because"}]"#,
      to: "settled.json"
    )
    let quiet = try check("--list", ours, "--settled", settled, "--all", lite)
    #expect(quiet.status == 0)
    #expect(quiet.output.contains("(because)") && quiet.output.contains("0 differences, 4 settled"))
  }

  @Test("a file that is not a list is refused", .enabled(if: Script.exists("python3")))
  func refused() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let bad = try write("{}", to: "bad.json")
    let result = try check(bad)
    #expect(result.status == 2)
    #expect(result.output.contains("no model in it is paid by the token"))
  }
}
