import Foundation
import RunDigest
import TestSupport

/// An agent that is a process of its own: what it does comes as lines of the native format from its
/// standard output, and it may die at any moment.
final class ProcessAgent: Agent {
  let name: String
  let session: String
  private let child: ChildProcess

  init(name: String, session: String, seed: Int) throws {
    self.name = name
    self.session = session
    child = try ChildProcess("CrashChild", ["agent", name, "\(seed)"])
  }

  /// Kills the process, if it is still there.
  func kill() { child.sendKill() }

  func work(on run: Run) async throws {
    // Whatever happens here, no process is left behind.
    defer { child.sendKill() }
    let status = try await withTaskCancellationHandler {
      for await line in ProcessLines(child) {
        // The agent named its events, so that a line may come again.
        let event = try line.withUnsafeBytes { try NativeLine.parse($0, run: run.id).event }
        try await run.append([event])
      }
      return await Self.exit(of: child)
    } onCancel: {
      child.sendKill()
    }
    try Task.checkCancellation()
    let signal = status & 0x7F
    if signal != 0 {
      throw AgentDeath(
        cause: .crash,
        reason: "signal \(signal)",
        exitCode: Int64(128 + signal)
      )
    }
    let code = status >> 8 & 0xFF
    if code != 0 { throw AgentDeath(cause: .fail, reason: "exit \(code)", exitCode: Int64(code)) }
  }

  private static func exit(of child: ChildProcess) async -> Int32 {
    await withCheckedContinuation { continuation in
      Thread { continuation.resume(returning: child.wait()) }.start()
    }
  }
}

/// The lines of a process, read by a thread of its own that is never more than some lines ahead: a
/// hub that does not keep up makes its agents wait, and does not grow.
private struct ProcessLines: AsyncSequence {
  private static let aheadMax = 64

  private let lines: AsyncStream<[UInt8]>
  private let room = DispatchSemaphore(value: 0)

  init(_ child: ChildProcess) {
    let (lines, continuation) = AsyncStream<[UInt8]>.makeStream()
    self.lines = lines
    let room = room
    for _ in 0..<Self.aheadMax { room.signal() }
    // One who stops listening must not leave the thread waiting for room.
    continuation.onTermination = { _ in room.signal() }
    Thread {
      while let line = child.nextLine() {
        room.wait()
        if case .terminated = continuation.yield(line) { break }
      }
      continuation.finish()
    }
    .start()
  }

  struct Iterator: AsyncIteratorProtocol {
    var lines: AsyncStream<[UInt8]>.Iterator
    let room: DispatchSemaphore

    mutating func next() async -> [UInt8]? {
      defer { room.signal() }
      return await lines.next()
    }
  }

  func makeAsyncIterator() -> Iterator {
    Iterator(lines: lines.makeAsyncIterator(), room: room)
  }
}
