public import RunDigest
public import ServiceLifecycle

/// Keeps the digests of a store current as a service of a group.
///
/// ```swift
/// var options = StoreOptions()
/// options.foldsInBackground = false
/// let store = try await RunStore.open(at: path, options: options)
/// let group = ServiceGroup(services: [FoldService(store)], logger: logger)
/// try await group.run()
/// ```
///
/// On a graceful shutdown, as on a cancellation, it folds what is left for five seconds at most, and
/// throws if that was not enough; nothing is lost by it.
public struct FoldService: Service {
  private let store: RunStore
  private let drain: Duration

  /// Makes a service of a store, which its owner closes after the group has ended.
  public init(_ store: RunStore, drainingFor drain: Duration = .seconds(5)) {
    self.store = store
    self.drain = drain
  }

  /// Folds until the group shuts down.
  public func run() async throws {
    try await cancelWhenGracefulShutdown { try await store.run(drainingFor: drain) }
  }
}
