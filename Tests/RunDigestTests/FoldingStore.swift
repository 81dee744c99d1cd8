import Storage
import Support

@testable import Digests
@testable import Engine
@testable import RunDigest

extension TestStore {
  /// A store that folds in the background, as a hub's does.
  static func folding(
    _ change: (inout StoreOptions) -> Void = { _ in }
  ) async throws -> TestStore {
    try await TestStore {
      $0.foldsInBackground = true
      change(&$0)
    }
  }

  /// A second store on the same file that folds.
  func anotherFolding(
    _ change: (inout StoreOptions) -> Void = { _ in }
  ) async throws -> RunStore {
    try await another {
      $0.foldsInBackground = true
      change(&$0)
    }
  }
}

extension FoldWorker {
  /// Folds what is marked, as the worker's thread would.
  func foldMarked(_ engine: FoldBatcher = FoldBatcher()) {
    while case let runs = state.withLock({ $0.takeAll() }), !runs.isEmpty {
      fold(runs, engine)
      state.withLock { $0.folding = [] }
    }
  }
}
