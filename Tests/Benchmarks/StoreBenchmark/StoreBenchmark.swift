import Bench
import Events
import Glibc

/// The benchmark as a program: `swift run -c release StoreBenchmark [SCALE] [FOLDER] [PART…]`.
///
/// Prints a line per figure, and exits with 1 if a target is missed.
@main
struct StoreBenchmark {
  static func main() async throws {
    let scale = CommandLine.arguments.dropFirst().first.flatMap(Double.init) ?? 1
    let folder = CommandLine.arguments.dropFirst(2).first ?? "."
    let missed = Missed()
    var bench = Bench(scale: scale, folder: folder) { measurement in
      var json = JSONWriter()
      measurement.write(to: &json)
      print(json.text)
      if measurement.isMet == false { missed.add() }
    }
    bench.parts = Set(CommandLine.arguments.dropFirst(3))
    try await bench.run()
    exit(missed.count == 0 ? 0 : 1)
  }
}

/// How many targets were missed.
private final class Missed: @unchecked Sendable {
  // Unchecked: the benchmark reports from one task.
  private(set) var count = 0
  func add() { count += 1 }
}
