/// Which state of a digest row is meant: the compare of every compare-and-set.
package struct DigestRevision: Sendable, Hashable {
  /// The seq of the last folded event.
  package let watermark: Int64
  /// How often the row was written.
  package let revision: Int64

  package init(watermark: Int64, revision: Int64) {
    self.watermark = watermark
    self.revision = revision
  }
}
