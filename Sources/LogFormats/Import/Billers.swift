internal import Events
internal import RunDigest

/// Tells importers which requests other runs of the store have billed.
///
/// Importers can't throw: a look-up that failed is kept, to be thrown before anything is stored.
final class Billers {
  private let store: RunStore
  private var failure: (any Error)?

  init(_ store: RunStore) {
    self.store = store
  }

  /// An empty batch whose importers may ask.
  func makeSink() -> ImportedEvents {
    ImportedEvents { request, run in
      do {
        return try self.store.biller(of: request).map { $0 != run.rawValue } ?? false
      } catch {
        self.failure = error
        return false
      }
    }
  }

  func check() throws {
    if let failure { throw failure }
  }
}
