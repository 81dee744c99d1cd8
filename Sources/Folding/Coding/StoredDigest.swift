internal import Synchronization

/// A digest as its row keeps it, with the sum of its family: the facts are read, all the rest is
/// checked and opened when it is first asked for.
///
/// Most readers ask how a run stands and not for each tool's latencies, and opening the maps costs
/// more than reading the row. It is opened at most once and kept; two threads that ask at the same
/// time may both open it, and get the same.
package final class StoredDigest: Sendable {
  /// What the digest says in single values.
  package let facts: DigestFacts
  private let body: [UInt8]
  private let family: [UInt8]?
  private let opened = AtomicLazyReference<OpenedDigest>()

  /// Copies the bytes and makes sure that all of them read back.
  ///
  /// - Throws: ``FoldError`` `damagedState` when they do not.
  package init(
    body: UnsafeRawBufferPointer,
    family: UnsafeRawBufferPointer?
  ) throws(FoldError) {
    facts = try Digest.checkedFacts(of: body)
    if let family { try Totals.check(body: family) }
    self.body = [UInt8](body)
    self.family = family.map { [UInt8]($0) }
  }

  /// The whole digest.
  package var digest: Digest { open().digest }

  /// The sum of the run's family; `nil` where the digest itself is that.
  package var familySum: Totals? { family == nil ? nil : open().family }

  private func open() -> OpenedDigest {
    if let opened = opened.load() { return opened }
    do {
      let digest = try body.withUnsafeBytes { try Digest(facts: facts, body: $0) }
      let sum = try family?.withUnsafeBytes { try Totals(body: $0) }
      return opened.storeIfNil(OpenedDigest(digest: digest, family: sum))
    } catch {
      // Checked when it was read, by code that a test holds to refusing the same bytes.
      preconditionFailure("a digest that was checked does not read back: \(error)")
    }
  }
}

private final class OpenedDigest: Sendable {
  let digest: Digest
  let family: Totals?

  init(digest: Digest, family: Totals?) {
    self.digest = digest
    self.family = family
  }
}
