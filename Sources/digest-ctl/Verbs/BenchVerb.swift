import ArgumentParser
import Bench
import Events
import FoundationEssentials
import RunDigest

/// Measures the store on this machine.
struct BenchVerb: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench",
    abstract: "Measure the store on this machine, beside plain SQLite doing the same rows.",
    discussion: """
      Stores are made in a folder of their own and removed again. At --scale 1 it takes about two \
      minutes and 3 GB; figures are only as good as the machine is quiet.

      EXAMPLE
        digest-ctl bench --scale 0.2
        digest-ctl bench --json --part fold
      """
  )

  @OptionGroup var common: CommonOptions

  @Option(help: "How much is done.")
  var scale = 1.0

  @Option(help: "The folder in which the stores are made; the current one otherwise.")
  var folder = "."

  @Option(
    help: "Only this part: append, fold, live, stats, agents or hub. May be given several times."
  )
  var part: [String] = []

  @Option(help: "How many seconds the part hub takes.")
  var seconds = Bench.hubSeconds

  func validate() throws {
    guard (1...86_400).contains(seconds) else {
      throw ValidationError("--seconds is a number from 1 to 86400")
    }
    guard scale > 0, scale <= 100 else {
      throw ValidationError("--scale is above 0 and at most 100")
    }
    let unknown = part.filter { !Bench.parts.contains($0) }
    if let unknown = unknown.first { throw ValidationError("there is no part \(unknown)") }
  }

  func run() async throws {
    let place = folder + "/rundigest-bench-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: false)
    defer { try? FileManager.default.removeItem(atPath: place) }
    let json = common.json
    var bench = Bench(scale: scale, folder: place) { measurement in
      Output.line(json ? Self.json(measurement) : Self.line(measurement))
      try? Output.flush()
    }
    bench.parts = Set(part)
    bench.hubSeconds = seconds
    try await bench.run()
  }

  private static func json(_ measurement: Measurement) -> String {
    var json = JSONWriter()
    measurement.write(to: &json)
    return json.text
  }

  private static func line(_ measurement: Measurement) -> String {
    var line =
      Text.padded(measurement.name, to: 58) + " " + value(measurement.value, measurement.unit)
    if let ratio = measurement.ratio, let plain = measurement.plain {
      line +=
        "   plain SQLite \(value(plain, measurement.unit)), ratio \(Measurement.number(ratio))"
    }
    for (name, value) in measurement.details { line += "   \(name) \(Measurement.number(value))" }
    return line
  }

  private static func value(_ value: Double, _ unit: String) -> String {
    value >= 1000
      ? "\(Units.count(Int64(value.rounded()))) \(unit)" : "\(Measurement.number(value)) \(unit)"
  }
}
