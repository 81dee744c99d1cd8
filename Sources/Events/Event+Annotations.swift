/// What agents and people say about a run as a whole.
///
/// These events belong to no turn, are never late, and do not move the clock of their run.
extension Event {
  /// The agent states what the run has cost so far, by its own sum in dollars; the last one counts.
  ///
  /// `source` says where the agent keeps the sum.
  public static func agentCost(usd: Double, source: String? = nil) -> Event {
    make(.agentCost) { json in
      json.member("usd", usd)
      json.member("source", ifPresent: source)
    }
  }

  /// A run gets a tag, or loses it.
  public static func runTag(_ name: String, isRemoved: Bool = false) -> Event {
    make(.runTag) { json in
      json.member("name", name)
      json.member("remove", ifPresent: isRemoved ? true : nil)
    }.with(producer: .user)
  }

  /// A person notes something about a run.
  public static func runNote(_ text: String) -> Event {
    make(.runNote) { $0.member("text", text) }.with(producer: .user)
  }

  /// A run is scored; the last value of a name counts.
  public static func runScore(_ name: String, value: Double, comment: String? = nil) -> Event {
    make(.runScore) { json in
      json.member("name", name)
      json.member("value", value)
      json.member("comment", ifPresent: comment)
    }.with(producer: .user)
  }
}
