/// What a verification found.
public struct Verification: Sendable {
  /// Runs that were folded again.
  public package(set) var runs: Int64 = 0
  /// Events that were folded again.
  public package(set) var events: Int64 = 0
  /// Sums over sessions, families and windows that were added up again.
  public package(set) var sums: Int64 = 0
  /// Lines of imported logs that could not be read: what they say is in no event and no digest.
  public package(set) var unread: Int64 = 0
  /// What is stored otherwise than the log says; empty when all is well.
  ///
  /// Of a store that is damaged all over, the first ``differencesMax``.
  public private(set) var differences: [Difference] = []
  /// How many more there are.
  public private(set) var differencesLeftOut: Int64 = 0

  /// So many differences are kept.
  public static let differencesMax = 10_000

  /// Whether nothing differs.
  public var isClean: Bool { differences.isEmpty }

  mutating func note(_ difference: Difference) {
    if differences.count < Self.differencesMax {
      differences.append(difference)
    } else {
      differencesLeftOut += 1
    }
  }
}

/// How far a verification is.
public struct VerificationProgress: Sendable {
  /// The runs that were folded again.
  public let runs: Int64
  /// How many there are to be.
  public let runsTotal: Int64
  /// The events of those.
  public let events: Int64
}
