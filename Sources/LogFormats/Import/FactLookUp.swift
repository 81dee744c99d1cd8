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
      self.answer(else: nil) { try self.store.importFact(key) }
    } hasLine: { line, run in
      self.answer(else: false) { try self.store.importHasLine(line, of: run) }
    }
  }

  private func answer<Answer>(else fallback: Answer, _ ask: () throws -> Answer) -> Answer {
    do {
      return try ask()
    } catch {
      failure = error
      return fallback
    }
  }

  /// Throws what a look-up failed with.
  func check() throws {
    if let failure { throw failure }
  }

  /// Forgets what a look-up failed with: nothing of what was read by it is stored.
  func forgetFailure() {
    failure = nil
  }
}
