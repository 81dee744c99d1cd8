internal import Events

/// What Codex logs twice, as an event and as an item of the conversation, in either order.
///
/// The first of the two is the one that counts.
struct CodexPairs: Codable {
  enum Form: String { case event, item }

  /// What still waits for its twin.
  var single: [String] = []

  /// Whether something is the twin of what was told before in the other form.
  mutating func isTold(_ what: String, as form: Form) -> Bool {
    let twin = (form == .event ? Form.item : .event).rawValue + "/" + what
    if let i = single.firstIndex(of: twin) {
      single.remove(at: i)
      return true
    }
    append(form.rawValue + "/" + what)
    return false
  }

  /// Notes once more that something was told in one form.
  mutating func note(_ what: String, as form: Form) {
    let told = form.rawValue + "/" + what
    if !single.contains(told) { append(told) }
  }

  private mutating func append(_ told: String) {
    single.append(told)
    if single.count > Self.max { single.removeFirst() }
  }

  mutating func removeAll() {
    single.removeAll(keepingCapacity: true)
  }

  private static let max = 64
}

extension CodexPairs {
  /// What a text is known by.
  static func text(_ text: String) -> String { "text/" + StableHash.hex(text.utf8) }
  static func thought(_ text: String) -> String { "thought/" + StableHash.hex(text.utf8) }
}
