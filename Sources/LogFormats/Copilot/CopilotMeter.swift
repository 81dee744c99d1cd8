internal import Events

/// What a session of Copilot has used: what its replies tell, and what a shutdown says it was in all.
///
/// A shutdown's counters go back to the beginning of the session, or to that of its process, or to
/// the last rewind, depending on the version. Which of them it is the figures tell: the stretch of
/// replies whose output, and number, is nearest to the shutdown's. What the shutdown says beyond what
/// was settled before is shared out over the replies that are not settled, each with the output that
/// it told; requests that no reply tells of become requests of their own.
struct CopilotMeter: Codable {
  /// A reply that is billed with its output alone.
  struct Reply: Codable {
    var key: String
    var id: String
    var agent: String?
    var model: String?
    var output: Int64
    var ts: Timestamp?
  }

  /// Requests and what they used.
  struct Sum: Codable {
    var requests: Int64 = 0
    var counts = TokenCounts()

    static func + (lhs: Sum, rhs: Sum) -> Sum {
      Sum(requests: lhs.requests + rhs.requests, counts: lhs.counts + rhs.counts)
    }
  }

  /// What happened between two points at which counters may have begun at 0 again.
  private struct Stretch: Codable {
    var replies: [Reply] = []
    /// What shutdowns have settled, by model.
    var settled: [String: Sum] = [:]
    /// Compactions, which most versions leave out of their counters.
    var compactions: [String: Sum] = [:]
    /// What the program says it cost, in billionths of an AI unit.
    var nanoUnits: Int64 = 0

    var isEmpty: Bool { replies.isEmpty && settled.isEmpty && compactions.isEmpty }

    var output: Int64 {
      replies.reduce(0) { $0 + $1.output } + settled.values.reduce(0) { $0 + $1.counts.output }
    }

    var requests: Int64 {
      Int64(replies.count) + settled.values.reduce(0) { $0 + $1.requests }
    }
  }

  /// A request as a shutdown settles it.
  struct Settled {
    /// The reply that is corrected; `nil` for a request that none tells of.
    var reply: Reply?
    var model: String
    var counts: TokenCounts
  }

  private var stretches: [Stretch] = [Stretch()]
  /// Whether what comes next begins a stretch.
  private var isClosed = false

  /// The counters may begin at 0 again here.
  mutating func begin() { isClosed = true }

  private mutating func open() {
    if isClosed, stretches.last?.isEmpty == false { stretches.append(Stretch()) }
    isClosed = false
  }

  private mutating func change(_ body: (inout Stretch) -> Void) {
    open()
    body(&stretches[stretches.count - 1])
  }

  mutating func reply(_ reply: Reply) {
    change { stretch in
      // A message in several parts is one reply.
      if let place = stretch.replies.lastIndex(where: { $0.key == reply.key }) {
        stretch.replies[place].output = max(stretch.replies[place].output, reply.output)
      } else {
        stretch.replies.append(reply)
      }
    }
  }

  mutating func compaction(_ counts: TokenCounts, of model: String?) {
    change { stretch in
      let name = model ?? ""
      stretch.compactions[name] =
        (stretch.compactions[name] ?? Sum()) + Sum(requests: 1, counts: counts)
    }
  }

  // MARK: Shutdowns

  /// Which stretches a shutdown's counters cover.
  private struct Cover {
    var first: Int
    var hasCompactions: Bool
    var distance: (output: UInt64, requests: UInt64)
  }

  private func cover(of metrics: [String: Sum]) -> Cover {
    let all = metrics.values.reduce(Sum(), +)
    var best = Cover(first: 0, hasCompactions: false, distance: (.max, .max))
    for first in stretches.indices {
      let covered = stretches[first...]
      let compactions = covered.flatMap(\.compactions.values).reduce(Sum(), +)
      let replies = Sum(
        requests: covered.reduce(0) { $0 + $1.requests },
        counts: TokenCounts(output: covered.reduce(0) { $0 + $1.output })
      )
      for hasCompactions in [false, true] where !hasCompactions || compactions.requests > 0 {
        let told = hasCompactions ? replies + compactions : replies
        let distance = (
          (all.counts.output - told.counts.output).magnitude,
          (all.requests - told.requests).magnitude
        )
        if distance < best.distance {
          best = Cover(first: first, hasCompactions: hasCompactions, distance: distance)
        }
      }
    }
    return best
  }

  /// Takes the counters of a shutdown, by model; returns what they say of each request that was not
  /// settled.
  mutating func shutDown(_ metrics: [String: Sum]) -> [Settled] {
    defer { isClosed = true }
    guard !metrics.isEmpty else { return [] }
    open()
    let cover = cover(of: metrics)
    var left = metrics
    var replies: [Reply] = []
    for stretch in stretches[cover.first...] {
      replies += stretch.replies
      for (model, sum) in stretch.settled { Self.take(sum, off: &left[model]) }
      guard cover.hasCompactions else { continue }
      for (model, sum) in stretch.compactions { Self.take(sum, off: &left[model]) }
    }
    let named = Self.name(replies, left)
    var settled: [Settled] = []
    for model in left.keys.sorted() {
      guard let sum = left[model] else { continue }
      settled += Self.share(sum, of: model, among: named[model] ?? [])
    }
    let keys = Set(settled.compactMap(\.reply?.key))
    for place in stretches.indices.dropFirst(cover.first) {
      stretches[place].replies.removeAll { keys.contains($0.key) }
    }
    for request in settled {
      let sum = Sum(requests: 1, counts: request.counts)
      let last = stretches.count - 1
      stretches[last].settled[request.model] =
        (stretches[last].settled[request.model] ?? Sum()) + sum
    }
    lastCovered = cover.first
    return settled
  }

  /// The first of the stretches that the last shutdown covered.
  private var lastCovered = 0

  /// Takes what the program says that it cost since its counters began; returns the sum of the
  /// session, in billionths of an AI unit.
  mutating func cost(_ nanoUnits: Int64) -> Int64 {
    for place in stretches.indices.dropFirst(lastCovered) { stretches[place].nanoUnits = 0 }
    stretches[stretches.count - 1].nanoUnits = nanoUnits
    return stretches.reduce(0) { $0 + $1.nanoUnits }
  }

  private static func take(_ sum: Sum, off left: inout Sum?) {
    guard let known = left else { return }
    left = Sum(
      requests: max(0, known.requests - sum.requests),
      counts: known.counts.excess(over: sum.counts)
    )
  }

  /// The replies by the models of a shutdown: a reply knows its model less well than it does.
  private static func name(_ replies: [Reply], _ left: [String: Sum]) -> [String: [Reply]] {
    var named: [String: [Reply]] = [:]
    var unnamed: [Reply] = []
    for reply in replies {
      if let model = reply.model, left[model] != nil {
        named[model, default: []].append(reply)
      } else {
        unnamed.append(reply)
      }
    }
    for reply in unnamed {
      let room = left.keys.sorted().first { model in
        (left[model]?.requests ?? 0) > Int64(named[model]?.count ?? 0)
      }
      if let model = room ?? (left.count == 1 ? left.keys.first : nil) {
        named[model, default: []].append(reply)
      }
    }
    return named
  }

  /// So many requests that no reply tells of are written at most.
  private static let untoldMax: Int64 = 1000

  /// Shares out what a model's requests used in all.
  private static func share(_ sum: Sum, of model: String, among replies: [Reply]) -> [Settled] {
    let told = replies.reduce(0) { $0 + $1.output }
    let rest = max(0, sum.counts.output - told)
    var untold = min(max(0, sum.requests - Int64(replies.count)), untoldMax)
    if replies.isEmpty, untold == 0, !sum.counts.isZero { untold = 1 }
    let count = Int64(replies.count) + untold
    guard count > 0 else { return [] }
    var settled: [Settled] = []
    for place in 0..<count {
      let reply = place < replies.count ? replies[Int(place)] : nil
      var counts = TokenCounts(
        input: part(place, of: count, sum.counts.input),
        cacheRead: part(place, of: count, sum.counts.cacheRead),
        cacheWrite: part(place, of: count, sum.counts.cacheWrite)
      )
      if let reply {
        counts.output = reply.output
        // What no reply tells of was said by one of them, the last for want of a better one.
        if untold == 0, place == count - 1 { counts.output += rest }
      } else {
        counts.output = part(place - Int64(replies.count), of: untold, rest)
      }
      settled.append(Settled(reply: reply, model: model, counts: counts))
    }
    shareReasoning(sum.counts.reasoning, among: &settled)
    return settled
  }

  /// Reasoning is a part of the output: each gets as much of it as of that, then what is left over.
  private static func shareReasoning(_ reasoning: Int64, among settled: inout [Settled]) {
    let output = settled.reduce(0) { $0 + $1.counts.output }
    guard output > 0 else { return }
    var left = min(reasoning, output)
    let all = left
    for place in settled.indices {
      let product = all.multipliedFullWidth(by: settled[place].counts.output)
      let share = output.dividingFullWidth(product).quotient
      settled[place].counts.reasoning = min(share, settled[place].counts.output, left)
      left -= settled[place].counts.reasoning
    }
    for place in settled.indices where left > 0 {
      let more = min(left, settled[place].counts.output - settled[place].counts.reasoning)
      settled[place].counts.reasoning += more
      left -= more
    }
  }

  /// An equal share, of which the first get what is left over.
  private static func part(_ place: Int64, of count: Int64, _ sum: Int64) -> Int64 {
    sum / count + (place < sum % count ? 1 : 0)
  }
}
