internal import Synchronization

/// A digest as its row keeps it: facts and counters are read, the maps when they are first asked for.
///
/// Most readers ask how a run stands and not for each tool's latencies. Opening all maps with every read takes an
/// insight from 1.2 to 2.3 times a bare row read (`StoreBenchmark 0.1 FOLDER fold`); the budget is 1.5. They are opened at
/// most once and kept; two threads that ask at the same time may both open them, and get the same.
package final class StoredDigest: Sendable {
  package let facts: DigestFacts
  package let counters: Counters
  private let body: [UInt8]
  private let opened = AtomicLazyReference<OpenedDigest>()

  /// Copies the bytes and compares them with their checksum.
  ///
  /// - Throws: ``FoldError`` `damagedState` if they differ from it.
  package init(body: UnsafeRawBufferPointer) throws(FoldError) {
    (facts, counters) = try Digest.facts(of: body)
    self.body = [UInt8](body)
  }

  /// The whole digest.
  package var digest: Digest {
    if let opened = opened.load() { return opened.digest }
    do {
      let digest = try body.withUnsafeBytes { try Digest(body: $0) }
      return opened.storeIfNil(OpenedDigest(digest)).digest
    } catch {
      preconditionFailure("a digest whose checksum is right does not read back: \(error)")
    }
  }
}

private final class OpenedDigest: Sendable {
  let digest: Digest

  init(_ digest: Digest) { self.digest = digest }
}
