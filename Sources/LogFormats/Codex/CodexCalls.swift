internal import Events

/// The calls of a thread that are open, and those that were.
struct CodexCalls {
  struct Call {
    var id: String
    /// Whether the call has come back while its process goes on, and when.
    var isRunning = false
    var ts: Timestamp?
  }

  /// In the order of the calls.
  var open: [Call] = []
  /// The ids of the last ones, open or not.
  var known: [String] = []

  func isKnown(_ id: String) -> Bool { known.contains(id) }

  func isOpen(_ id: String) -> Bool { open.contains { $0.id == id } }

  mutating func begin(_ id: String) {
    guard !isKnown(id) else { return }
    open.append(Call(id: id))
    known.append(id)
    if known.count > Self.max { known.removeFirst() }
  }

  mutating func run(_ id: String, at ts: Timestamp?) {
    guard let i = open.firstIndex(where: { $0.id == id }) else { return }
    open[i].isRunning = true
    open[i].ts = ts
  }

  mutating func end(_ id: String) {
    open.removeAll { $0.id == id }
  }

  mutating func endTurn() {
    open.removeAll(keepingCapacity: true)
  }

  private static let max = 128
}
