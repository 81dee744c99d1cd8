import Bench
import Events

/// The benchmark as a program:
/// `swift run -c release StoreBenchmark [SCALE] [FOLDER] [PART…] [--seconds N]`.
///
/// Prints a JSON object per figure, one a line, which `Tests/Benchmarks/check.py` compares with the
/// thresholds. `--seconds` is how long the part `hub` takes.
@main
struct StoreBenchmark {
  static func main() async throws {
    var arguments = Array(CommandLine.arguments.dropFirst())
    var seconds = Bench.hubSeconds
    if let option = arguments.firstIndex(of: "--seconds") {
      guard option + 1 < arguments.count, let value = Int(arguments[option + 1]), value > 0 else {
        fatalError("--seconds takes a number from 1")
      }
      seconds = value
      arguments.removeSubrange(option...option + 1)
    }
    let scale = arguments.first.flatMap(Double.init) ?? 1
    let folder = arguments.dropFirst().first ?? "."
    var bench = Bench(scale: scale, folder: folder) { measurement in
      var json = JSONWriter()
      measurement.write(to: &json)
      print(json.text)
    }
    bench.parts = Set(arguments.dropFirst(2))
    bench.hubSeconds = seconds
    try await bench.run()
  }
}
