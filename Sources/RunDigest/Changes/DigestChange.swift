public import Folding
internal import Storage

/// A run whose digest changed: what lists show of it.
///
/// The rest is in ``RunStore/insight(_:)``.
public struct DigestChange: Sendable, Hashable {
  /// The run.
  public let run: String
  /// The change's position among those of all runs.
  public let position: Int64
  /// How often the digest was written; only a rebuild resets it.
  public let revision: Int64
  /// The seq up to which it is folded.
  public let watermark: Int64
  /// What the run is doing, or how it ended.
  public let status: Outcome.Status
  /// Whether it is sealed.
  public let isSealed: Bool

  private static let pageMax = 256

  static func page(after position: Int64, _ reads: RunReads) throws -> Feed<DigestChange>.Page {
    let statement = try reads.connection.statement(
      """
      SELECT c.change, r.name, d.revision, d.watermark, d.status, d.sealed
      FROM digest_changes c LEFT JOIN runs r ON r.id = c.run
        LEFT JOIN digests d ON d.id = c.run * 256 + ?2
      WHERE c.change > ?1 ORDER BY c.change LIMIT ?3
      """
    )
    try statement.bind(position, at: 1)
    try statement.bind(reads.version, at: 2)
    try statement.bind(Int64(pageMax), at: 3)
    var changes: [DigestChange] = []
    var last = position
    try statement.forEachRow { row in
      last = row.int64(at: 0)
      // A run that retention has removed since has nothing to show.
      guard !row.isNull(at: 1), !row.isNull(at: 2) else { return }
      changes.append(
        DigestChange(
          run: row.string(at: 1),
          position: last,
          revision: row.int64(at: 2),
          watermark: row.int64(at: 3),
          status: row.optionalString(at: 4).map(Outcome.Status.init(rawValue:)) ?? .running,
          isSealed: row.int64(at: 5) != 0
        )
      )
    }
    return (changes, last)
  }
}
