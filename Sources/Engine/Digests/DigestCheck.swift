internal import Events
package import Folding

/// What a walk through all derived rows found.
///
/// At most ``namesMax`` rows of each kind are named, so that it stays small whatever the damage.
package struct DigestCheck: Sendable {
  package static let namesMax = 1000

  /// Runs with a row that cannot be read, or whose columns say otherwise than its body, and what is wrong.
  package private(set) var unreadable: [(run: String, reason: String)] = []
  package private(set) var unreadableCount: Int64 = 0
  /// Runs whose digest covers more events than the log has.
  package private(set) var ahead: [String] = []
  package private(set) var aheadCount: Int64 = 0
  /// Sums that cannot be read.
  package var unreadableSums: Int64 = 0

  package init() {}

  package var isGood: Bool { unreadableCount == 0 && aheadCount == 0 && unreadableSums == 0 }

  package mutating func noteUnreadable(_ run: String, _ reason: String) {
    unreadableCount += 1
    if unreadable.count < Self.namesMax { unreadable.append((run, reason)) }
  }

  package mutating func noteAhead(_ run: String) {
    aheadCount += 1
    if ahead.count < Self.namesMax { ahead.append(run) }
  }
}

/// The columns of a digest row that repeat what its body says, for lists.
package struct DigestColumns: Sendable, Equatable {
  package var watermark: Int64
  package var isSealed: Bool
  package var session: String?
  /// In microseconds since 1970.
  package var firstTs: Int64?
  package var lastTs: Int64?
  package var status: String?

  package init(
    watermark: Int64,
    isSealed: Bool,
    session: String?,
    firstTs: Int64?,
    lastTs: Int64?,
    status: String?
  ) {
    self.watermark = watermark
    self.isSealed = isSealed
    self.session = session
    self.firstTs = firstTs
    self.lastTs = lastTs
    self.status = status
  }

  /// What a digest says.
  package init(_ digest: Digest) {
    self.init(
      watermark: digest.watermark,
      isSealed: digest.isSealed,
      session: digest.session,
      firstTs: digest.firstTs?.microseconds,
      lastTs: digest.lastTs?.microseconds,
      status: digest.outcome.status.rawValue
    )
  }
}
