internal import Events

extension RunFold {
  /// What the fold has to remember between events beside the digest: bounded, whatever the run does.
  ///
  /// Open calls and permission requests are not in here but in their tables; only how many there are.
  struct State: Sendable, Hashable {
    var openTurn: OpenTurn?
    /// Whether a turn is open; a comparison of the turn itself with `nil` copies it.
    var hasOpenTurn: Bool { openTurn?.row.idx != nil }
    var turnsMade: Int64 = 0
    var findingsMade: Int64 = 0
    var openCalls: Int64 = 0
    var openRequests: Int64 = 0
    /// The class of the last closed turn.
    var lastTurnClass: TurnClass?
    /// Spellings of the tool id key seen so far, a bit each, by kind.
    var idSpellings = IDSpellings()
    /// How often a seal was lifted.
    var resumes: Int64 = 0
    /// The bucket of the event that sealed the run.
    var sealedBucket: Int64?
    /// The turn that the seal abandoned, until a late result settles it.
    var unsettled: UnsettledTurn?
    /// Whether a parent was ever named.
    var hasParentLink = false
    /// What the clock has charged to the open turn as model, tool and waiting.
    var charged = RunTime()
    /// When the turn that was closed last ended.
    var lastTurnEnd: Timestamp?
    /// The usage that no turn has, for the next result that closes no open turn.
    var loose = TurnUsage()
    /// The seq of the event that emptied `loose` last; usage after it, with no turn open, is in there.
    var looseSince: Int64 = 0
  }
}

/// The tool id keys of the three kinds that pair calls.
struct IDSpellings: Sendable, Hashable {
  var call: UInt8 = 0
  var update: UInt8 = 0
  var result: UInt8 = 0
}

/// The turn that is open.
struct OpenTurn: Sendable, Hashable {
  var row: Turn
  /// Whether the next output is its first.
  var awaitsFirstOutput: Bool
  var usage = TurnUsage()
  var streak = CallStreak()

  /// The row with the tokens and the cost that it has so far.
  var shown: Turn { row.showing(usage) }
}

/// A turn that a seal closed before its result came.
struct UnsettledTurn: Sendable, Hashable {
  /// Without what it used.
  var row: Turn
  var usage: TurnUsage

  var shown: Turn { row.showing(usage) }
}

extension Turn {
  fileprivate func showing(_ usage: TurnUsage) -> Turn {
    var row = self
    row.tokens = usage.own.tokens
    row.models = usage.own.turnModels
    row.cost = usage.cost
    return row
  }
}

/// Identical calls in a row.
struct CallStreak: Sendable, Hashable {
  var tool: UInt64 = 0
  var input: InputHash?
  var length: Int64 = 0

  /// A streak of this length is a loop.
  static let lengthMin: Int64 = 5
}

/// 128 bits that stand for the bytes of a call's input.
struct InputHash: Sendable, Hashable {
  var first: UInt64
  var second: UInt64

  init(_ bytes: UnsafeRawBufferPointer) {
    first = NameBytes.hash(of: bytes)
    second = NameBytes.hash(of: bytes, seed: 0xCBF2_9CE4_8422_2325)
  }

  init(first: UInt64, second: UInt64) {
    self.first = first
    self.second = second
  }
}
