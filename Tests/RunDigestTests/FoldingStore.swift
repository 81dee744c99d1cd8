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
