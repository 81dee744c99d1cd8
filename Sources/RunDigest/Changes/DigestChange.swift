internal import Digests
public import Folding

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

  static func page(
    after position: Int64,
    _ reads: ReadSnapshot
  ) throws -> Feed<DigestChange>.Page {
    let rows = try reads.tables.digestChanges(
      after: position,
      in: reads.generation,
      limit: pageMax
    )
    let changes = rows.compactMap { row in
      row.digest.map { digest in
        DigestChange(
          run: digest.run,
          position: row.change,
          revision: digest.at.revision,
          watermark: digest.at.watermark,
          status: digest.status.map(Outcome.Status.init(rawValue:)) ?? .running,
          isSealed: digest.isSealed
        )
      }
    }
    return (changes, rows.last?.change ?? position)
  }
}
