import Events
import Folding
import Glibc
import RunDigest

@testable import Digests
@testable import Engine

/// The process that tests kill, or record: `CrashChild ROLE STORE SEED`.
///
/// It says `ready` on standard output once its store is open, and every acknowledgement as a line in
/// `STORE.acks`, or, when it is recorded, on standard output. It goes on until it is killed.
@main
struct CrashChild {
  static func main() async throws {
    let arguments = CommandLine.arguments
    guard arguments.count == 4, let seed = UInt64(arguments[3]) else {
      say("usage: CrashChild hub|worker|record|faulted|agent|migrate STORE SEED\n", to: 2)
      exit(2)
    }
    let path = arguments[2]
    switch arguments[1] {
    case "hub": try await Hub(path: path, seed: seed).run()
    case "worker": try await work(path)
    case "agent": Agent(name: try RunID(path), seed: seed).run()
    case "faulted": try await Faulted(path: path).run()
    case "settle":
      let store = try await RunStore.open(at: path, options: options())
      try await store.flush()
      await store.close()
    case "migrate": try await migrate(path, to: Int64(seed))
    case "record": try await Recorded(path: path, seed: seed).run()
    default: exit(2)
    }
  }

  /// One line at once, so that a kill leaves no half of it.
  static func say(_ line: String, to descriptor: Int32) {
    var line = line
    line.withUTF8 { _ = Glibc.write(descriptor, $0.baseAddress, $0.count) }
  }

  static func options() -> StoreOptions {
    var options = StoreOptions()
    // Small, so that checkpoints are among the things that a kill meets.
    options.checkpointBytes = 128 << 10
    options.busyTimeout = .seconds(30)
    return options
  }

  /// A second process that folds, and nothing else.
  private static func work(_ path: String) async throws {
    let store = try await RunStore.open(at: path, options: options())
    say("ready\n", to: 1)
    while true {
      try await store.flush()
      usleep(2000)
    }
  }
}

extension CrashChild {
  /// A program of another version of the fold, which makes the digests its own.
  private static func migrate(_ path: String, to foldVersion: Int64) async throws {
    var options = options()
    options.foldHooks = FoldHooks(foldVersion: foldVersion)
    options.foldsInBackground = false
    let store = try await RunStore.open(at: path, options: options)
    say("ready\n", to: 1)
    _ = try await store.migrateDigests()
    await store.close()
  }
}

/// Events of every sort that the fold has rows for.
enum Script {
  static func event(_ number: Int, id: String, session: String? = "s") -> Event {
    let call = "call-\(number / 7)"
    let event: Event =
      switch number % 7 {
      case 0: .turnStart(id: "t\(number)")
      case 1: .toolCall(id: call, name: "bash")
      case 2: .usage(model: "m", input: 11, output: 7, costUSD: 0.01)
      case 3: .toolResult(id: call, isError: number % 2 == 0)
      case 4: .error(type: "e")
      case 5: .thought(String(repeating: "x", count: 200))
      default: .turnResult(status: number % 3 == 0 ? "success" : "error")
      }
    return event.with(
      ts: Timestamp(microseconds: 1_700_000_000_000_000 + Int64(number) * 1000),
      session: session,
      id: id
    )
  }
}

/// Several agents at once, each with run after run.
struct Hub: Sendable {
  let path: String
  let seed: UInt64

  func run() async throws {
    let store = try await RunStore.open(at: path, options: CrashChild.options())
    let acks = open(path + ".acks", O_WRONLY | O_CREAT | O_APPEND, 0o600)
    CrashChild.say("ready\n", to: 1)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for agent in 0..<4 {
        group.addTask {
          for life in 0... { try await live(agent, life, store, acks) }
        }
      }
      try await group.waitForAll()
    }
  }

  private func live(_ agent: Int, _ life: Int, _ store: RunStore, _ acks: Int32) async throws {
    let name = "h\(seed)-\(agent)-\(life)"
    let run = try RunID(name)
    for number in 0..<(6 + agent) {
      let events = [
        Script.event(2 * number, id: "i\(2 * number)", session: "s\(agent)"),
        Script.event(2 * number + 1, id: "i\(2 * number + 1)", session: nil),
      ]
      let receipt = try await store.append(events, to: run)
      CrashChild.say("a \(name) \(receipt.head) i\(2 * number + 1)\n", to: acks)
    }
    let causes = EndCause.allCases
    let outcome = try await store.end(
      run,
      RunEnd(causes[(agent + life) % causes.count]),
      durability: .committed
    )
    CrashChild.say("e \(name) \(outcome.status)\n", to: acks)
  }
}

/// One thing after the other, each with what was promised for it on standard output.
///
/// Events are numbered through over all runs. `c n`: events up to n are committed. `d n`: events up
/// to n are durable. `e run`: the run's seal is durable. `p id`: that event is durable; such come from
/// agents beside, so that a sync goes on while others commit.
struct Recorded {
  let path: String
  let seed: UInt64

  func run() async throws {
    let store = try await RunStore.open(at: path, options: CrashChild.options())
    CrashChild.say("c 0\n", to: 1)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for agent in 0..<3 { group.addTask { try await stand(beside: store, agent) } }
      try await act(on: store)
      try await group.waitForAll()
    }
    // Without a close: a crash does not wait for one.
    try await store.flush()
    exit(0)
  }

  private func stand(beside store: RunStore, _ agent: Int) async throws {
    let run = try RunID("beside-\(agent)")
    for number in 0..<40 {
      let id = "beside-\(agent)-\(number)"
      try await store.append([Script.event(number, id: id)], to: run, durability: .durable)
      CrashChild.say("p \(id)\n", to: 1)
    }
  }

  private func act(on store: RunStore) async throws {
    var number = 0
    var last: (event: Event, run: RunID)?
    for life in 0..<12 {
      for step in 0..<10 {
        let run = try RunID("r\(life)-\(step % 2)")
        let event = Script.event(number, id: "n\(number + 1)")
        number += 1
        let isDurable = (number &* 7 &+ Int(truncatingIfNeeded: seed)) % 11 == 0
        try await store.append([event], to: run, durability: isDurable ? .durable : .committed)
        CrashChild.say("\(isDurable ? "d" : "c") \(number)\n", to: 1)
        last = (event, run)
        // The same once more, now with more asked of it: the answer must be worth it.
        if number % 13 == 0, let last {
          try await store.append([last.event], to: last.run, durability: .durable)
          CrashChild.say("d \(number)\n", to: 1)
        }
      }
      // The worker has something to do in between.
      if life % 3 == 0 { try await store.flush() }
      let run = try RunID("r\(life)-0")
      try await store.end(run, RunEnd(.crash), durability: life % 2 == 0 ? .committed : .durable)
      // Who asks for durability of what another has sealed without must get it.
      let isPromised = life % 6 != 2
      if life % 2 == 0, isPromised {
        try await store.end(run, RunEnd(.stop), durability: .durable)
      }
      if isPromised { CrashChild.say("e r\(life)-0\nd \(number)\n", to: 1) }
    }
  }
}
