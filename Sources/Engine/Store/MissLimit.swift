/// Bounds how often a write is tried again because another process was faster.
///
/// Each miss normally means that another process got on, so a few misses in a row are the rule. A write
/// that misses without end would never return.
package struct MissLimit: Sendable {
  package static let missesMax = 500

  private var misses = 0

  package init() {}

  /// Counts a miss.
  ///
  /// - Throws: ``StoreError`` `busy` after ``missesMax``.
  package mutating func miss() throws {
    misses += 1
    guard misses < Self.missesMax else { throw Self.exhausted }
  }

  /// The error after ``missesMax`` misses.
  package static var exhausted: StoreError {
    StoreError(
      .busy,
      "other programs changed the same rows of the store \(missesMax) times while this one tried to "
        + "write them; try again, and run digest-ctl doctor if it happens again"
    )
  }
}
