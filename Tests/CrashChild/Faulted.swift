import Events
import Folding
import Glibc
import RunDigest

@testable import Digests
@testable import Engine

/// A short life of a store whose system calls fail: appends, folds and ends, each tried twice.
///
/// What was promised stands on standard output. `a run seq id`: the event is committed. `d run seq id`:
/// and durable. `e run status`: the run's seal is durable. `x code what`: it failed so, and was tried
/// again. `X code what`: and once more.
struct Faulted {
  let path: String

  func run() async throws {
    guard let store = await attempt("open", { try await open() }) else { return }
    for life in 0..<3 {
      let name = "f\(life)"
      let run = try RunID(name)
      for step in 0..<6 {
        let events = (0..<2).map { Script.event(step * 2 + $0, id: "i\(step * 2 + $0)") }
        let isDurable = step % 3 == 2
        let head = await attempt("append \(name) \(step)") {
          try await store.append(events, to: run, durability: isDurable ? .durable : .committed)
            .outcomes.last?.seq
        }
        if let head { say("\(isDurable ? "d" : "a") \(name) \(head ?? 0) i\(step * 2 + 1)") }
        if step == 3 { _ = await attempt("flush \(name)") { try await store.flush(run) } }
      }
      let outcome = await attempt("end \(name)") { try await store.end(run, RunEnd(.crash)) }
      if let outcome { say("e \(name) \(outcome.status)") }
    }
    await store.close()
    say("closed")
  }

  private func open() async throws -> RunStore {
    var options = CrashChild.options()
    // So small that every checkpoint starts the log over.
    options.checkpointBytes = 32 << 10
    // No fault keeps the gate for long, but this process may be put to sleep while it has it.
    options.busyTimeout = .seconds(600)
    return try await RunStore.open(at: path, options: options)
  }

  /// Does something, and once more if it failed; `nil` if it failed twice.
  private func attempt<R: Sendable>(
    _ what: String,
    _ body: () async throws -> R
  ) async -> R? {
    for mark in ["x", "X"] {
      do { return try await body() } catch let error as StoreError {
        say("\(mark) \(error.code) \(what): \(error.message)")
      } catch {
        say("\(mark) untyped \(what): \(error)")
      }
    }
    return nil
  }

  private func say(_ line: String) { CrashChild.say(line + "\n", to: 1) }
}
