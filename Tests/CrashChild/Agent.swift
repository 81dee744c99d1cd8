import Events
import Folding
import Glibc

/// An agent as a process: `CrashChild agent NAME SEED` says what it does as lines of the native
/// format on standard output, as fast as somebody reads them at most, until it is done or killed.
struct Agent {
  let name: RunID
  let seed: UInt64

  /// Ends with 0 after its work; every fifth with 3, in the middle of a turn.
  func run() -> Never {
    let turns = 3 + Int(seed % 12)
    for turn in 1...turns {
      say(.turnStart(id: "t\(turn)"), "\(turn)/start")
      say(.input("do it"), "\(turn)/input")
      for call in 0..<Int(2 + seed % 3) {
        usleep(useconds_t(2000 + (seed &* 7919 &+ UInt64(turn * 31 + call)) % 9000))
        let id = "c\(turn).\(call)"
        say(.toolCall(id: id, name: call == 0 ? "bash" : "read"), "\(turn)/\(call)")
        say(.toolResult(id: id, isError: (turn + call) % 4 == 0), "\(turn)/\(call)/result")
        say(.usage(model: "m-\(seed % 3)", input: 100, output: 10), "\(turn)/\(call)/usage")
        say(.text(String(repeating: "word ", count: 60)), "\(turn)/\(call)/text")
      }
      if seed % 5 == 4, turn == turns { exit(3) }
      say(.turnResult(id: "t\(turn)", status: "completed", costUSD: 0.01), "\(turn)/end")
    }
    exit(0)
  }

  private func say(_ event: Event, _ id: String) {
    var json = JSONWriter()
    NativeLine.write(run: name, event: event.with(id: id), into: &json)
    CrashChild.say(json.text + "\n", to: 1)
  }
}
