public import Events

/// Everything that is known of a run at its watermark: one bounded row of facts, sums and maps.
///
/// A fact can be asked of the digest itself, for example `digest.session`.
@dynamicMemberLookup
public struct Digest: Sendable, Hashable {
  /// The version of the fold that made it.
  public static let version: Int64 = 2

  /// The single values that cannot be summed.
  public internal(set) var facts = DigestFacts()
  /// All that can be summed.
  public internal(set) var totals = Totals()
  /// Errors by class.
  public internal(set) var errors = NameMap<FindingSummary>()
  /// Issues by class.
  public internal(set) var issues = NameMap<FindingSummary>()
  /// Checkpoints by flow.
  public internal(set) var launch = NameMap<LaunchFlow>()
  /// Spans by stage.
  public internal(set) var stages = NameMap<StageUsage>()
  /// The traces that the run was part of.
  public internal(set) var trace = TraceSummary()
  /// Scores by name, in billionths.
  public internal(set) var scores = NameMap<Int64>()
  /// The tags of the run by ascending bytes.
  public var tags: [String] { tagNames.map(\.text) }
  var tagNames: [Name] = []

  static let tagsMax = 32
  static let scoresMax = 16

  init() {}

  /// One of the ``facts``.
  public subscript<Value>(dynamicMember fact: KeyPath<DigestFacts, Value>) -> Value {
    facts[keyPath: fact]
  }

  /// How many turns there are, the open one included.
  public var turnCount: Int64 { totals.closedTurns + (facts.isTurnOpen ? 1 : 0) }

  /// Whether some event could not be read whole.
  public var isDegraded: Bool { totals[.quarantined] > 0 }

  /// Whether the row can be right: a dense log of n events has exactly n of them folded.
  public var isConsistent: Bool { totals[.eventCount] == facts.watermark }
}

/// The context of the last request of the agent itself, in tokens.
public struct ContextSize: Sendable, Hashable {
  /// Of the last request.
  public var last: Int64?
  /// Of the largest request.
  public var max: Int64?
  /// The size of the window, where the log says.
  public var window: Int64?
}

/// The distributed traces that the events of a run name.
public struct TraceSummary: Sendable, Hashable {
  /// The first distinct trace ids, at most 16.
  public internal(set) var ids: [TraceContext.TraceID] = []
  /// Events whose trace context could not be read.
  public internal(set) var malformed: Int64 = 0

  static let idsMax = 16
}
