internal import Events
internal import RunDigest

/// Tells importers what earlier imports have left for them.
///
/// Importers can't throw: a look-up that failed is kept, to be thrown before anything is stored.
final class FactLookUp {
  private let store: RunStore
  private var failure: (any Error)?

  init(_ store: RunStore) {
    self.store = store
  }

  /// An empty batch whose importers may ask.
  func makeSink() -> ImportedEvents {
    ImportedEvents { key in
      do {
        return try self.store.importFact(key)
      } catch {
        self.failure = error
        return nil
      }
    } hasLine: { line, run in
      do {
        return try self.store.importHasLine(line, of: RunKey(run.rawValue))
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
