internal import Events

/// What a session of Copilot has used, as far as it was told: by replies as they came, and by
/// shutdowns for all of a process.
struct CopilotMeter {
  /// Output of the replies of this process by model, those of the open turn included.
  private var replies: [String: Int64] = [:]
  /// The part of `replies` that came in the open turn.
  private var turn: [String: Int64] = [:]
  /// Output of all replies of the session, before this process.
  private var repliesBefore: Int64 = 0
  /// What the last shutdown told.
  private var told: [String: TokenCounts] = [:]

  /// The name of a model that a reply does not tell.
  static let unknown = "(unknown)"

  mutating func reply(_ output: Int64, of model: String?) {
    replies[model ?? Self.unknown, default: 0] += output
    turn[model ?? Self.unknown, default: 0] += output
  }

  mutating func turnEnded() {
    turn = [:]
  }

  /// Takes the metrics of a shutdown; answers what the open turn has used in all, by model.
  ///
  /// It is what the process used and earlier turns have not told. Tokens that replies told of a
  /// model that the shutdown does not name are taken off those that it names: a reply knows its
  /// model less well.
  mutating func shutDown(_ metrics: [String: TokenCounts]) -> [String: TokenCounts] {
    var rest = process(metrics)
    var excess: Int64 = 0
    for (model, output) in replies {
      let earlier = output - (turn[model] ?? 0)
      let left = (rest[model]?.output ?? 0) - earlier
      excess += max(0, -left)
      rest[model]?.output = max(0, left)
    }
    for model in rest.keys.sorted() where excess > 0 {
      let taken = min(excess, rest[model]?.output ?? 0)
      rest[model]?.output -= taken
      excess -= taken
    }
    repliesBefore += replies.values.reduce(0, +)
    replies = [:]
    turn = [:]
    told = metrics
    return rest
  }

  /// What one process used, of counters that may go on from the process before.
  private func process(_ metrics: [String: TokenCounts]) -> [String: TokenCounts] {
    guard !told.isEmpty else { return metrics }
    let output = metrics.values.reduce(0) { $0 + $1.output }
    let own = replies.values.reduce(0, +)
    let all = own + repliesBefore
    let goesOn = abs(output - all) < abs(output - own)
    guard goesOn else { return metrics }
    return metrics.reduce(into: [:]) { parts, entry in
      parts[entry.key] = entry.value.growth(since: told[entry.key] ?? TokenCounts())
    }
  }

  // MARK: Memory

  func write(to json: inout JSONWriter) {
    for (key, counts) in [("replies", replies), ("turn", turn)] {
      json.object(key) { json in
        for (model, output) in counts.sorted(by: { $0.key < $1.key }) { json.member(model, output) }
      }
    }
    json.member("before", repliesBefore)
    TokenCounts.write(told, as: "told", to: &json)
  }

  init() {}

  init(_ state: JSONObject?) {
    state?["replies"]?.forEachMember { name, value in
      replies[String(decoding: name, as: UTF8.self)] = value.int ?? 0
    }
    state?["turn"]?.forEachMember { name, value in
      turn[String(decoding: name, as: UTF8.self)] = value.int ?? 0
    }
    repliesBefore = state?["before"]?.int ?? 0
    told = TokenCounts.byName(state?["told"])
  }
}
