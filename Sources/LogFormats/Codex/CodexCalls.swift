internal import Events

/// The calls of a thread that are open, those that were, and the processes that they left running.
struct CodexCalls: Codable {
  /// Whom a call asks before it is done.
  enum Asks: String, Codable {
    /// A person whether it may be done; then it is done.
    case approval
    /// A person for an answer, which is its result.
    case answer
  }

  struct Call: Codable {
    var ts: Timestamp?
    var asks: Asks?
    /// The process that the call only looks at, or writes to.
    var polls: String?
    /// Whether it is a script that makes calls of its own.
    var isScript = false
    /// The first exit code other than 0 of what a script called.
    var exitCode: Int64?
  }

  /// A process that a call has left running.
  struct Process: Codable {
    var name: String
    var call: String
    /// Whether its end was reported.
    var isOver = false
  }

  private(set) var open: [String: Call] = [:]
  /// The ids of the last calls, open or not.
  private var known: [String] = []
  private(set) var processes: [Process] = []

  private static let max = 128

  func isKnown(_ id: String) -> Bool { known.contains(id) }

  mutating func begin(_ id: String, _ call: Call) {
    guard !isKnown(id) else { return }
    open[id] = call
    known.append(id)
    if known.count > Self.max { known.removeFirst() }
  }

  mutating func end(_ id: String) { open[id] = nil }

  mutating func endTurn() { open = [:] }

  // MARK: Processes

  mutating func leave(_ name: String, runningBy call: String) {
    processes.removeAll { $0.name == name }
    processes.append(Process(name: name, call: call))
    if processes.count > Self.max { processes.removeFirst() }
  }

  /// The call whose process this is; the process is over then.
  mutating func finish(where isIt: (Process) -> Bool) -> String? {
    guard let index = processes.lastIndex(where: isIt), !processes[index].isOver else { return nil }
    processes[index].isOver = true
    return processes[index].call
  }

  func knowsProcess(_ name: String) -> Bool { processes.contains { $0.name == name } }

  /// Notes how something that a script called has ended; returns whether a script is there.
  mutating func noteInScript(exitCode: Int64) -> Bool {
    guard let id = known.first(where: { open[$0]?.isScript == true }) else {
      return processes.contains { $0.name.hasPrefix("cell/") && !$0.isOver }
    }
    if exitCode != 0, open[id]?.exitCode == nil { open[id]?.exitCode = exitCode }
    return true
  }
}
