package import Events

/// What the sources of a store know of each other, by key: which run was billed for a response and
/// with which counts, how far a thread's counter has come, which run lived what another log repeats.
///
/// A fact is read and changed as an importer goes along. The changes are written in the transaction
/// that stores the batch, each only if the store still has the value that was read: else another
/// import was faster, and the batch is read again.
package struct SharedFacts {
  /// The value that the store had, and what it is to have.
  private struct Change {
    var before: String?
    var after: String?
  }

  private let lookUp: (String) -> String?
  private var changes: [String: Change] = [:]
  /// The order in which they were first changed.
  private var order: [String] = []
  /// What the batch before changes, which may be on its way into the store still.
  private var submitted: [String: String?] = [:]

  init(lookUp: @escaping (String) -> String?) {
    self.lookUp = lookUp
  }

  /// The value of a fact; `nil` where there is none.
  package subscript(_ key: String) -> String? {
    get { changes[key].map(\.after) ?? stored(key) }
    set {
      if changes[key] == nil {
        let before = stored(key)
        guard before != newValue else { return }
        changes[key] = Change(before: before, after: newValue)
        order.append(key)
      } else {
        changes[key]?.after = newValue
      }
    }
  }

  private func stored(_ key: String) -> String? {
    if let value = submitted[key] { return value }
    return lookUp(key)
  }

  /// The changes of the batch, in the order in which they were made.
  package var all: [(key: String, before: String?, after: String?)] {
    order.compactMap { key in changes[key].map { (key, $0.before, $0.after) } }
  }

  /// The batch is on its way into the store.
  mutating func submit() {
    submitted = changes.mapValues(\.after)
  }

  /// The batch before was not stored.
  mutating func forgetSubmitted() {
    submitted = [:]
  }

  /// Forgets the changes of the batch.
  mutating func discard() {
    changes = [:]
    order = []
  }
}

// Who was billed, for formats whose requests are never corrected.
extension ImportedEvents {
  /// Notes that a run is billed for a request; the first one stays.
  package mutating func bill(_ request: String, to run: RunID) {
    let key = "request/" + request
    if facts[key] == nil { facts[key] = run.rawValue }
  }

  /// Whether a run other than `run` has billed a request.
  package func isBilled(_ request: String, byOtherThan run: RunID) -> Bool {
    facts["request/" + request].map { $0 != run.rawValue } ?? false
  }
}
