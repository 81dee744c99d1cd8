internal import Engine
internal import Glibc

/// The stores of many teams in one folder, each opened when it is needed and lent.
///
/// ```swift
/// let shards = ShardPool(folder: "/var/lib/hub/shards")
/// let outcome = try await shards.withShard("team-a") { store in
///   try await store.run("agent-7").end(.stop)
/// }
/// await shards.close()
/// ```
///
/// A store is closed when it was unused for a while, and the least recently used one when there are
/// too many; a lent store is never closed. A damaged store fails alone: its users get the error, it is
/// closed when the last of them is done, and the next use opens it again.
public final class ShardPool: Sendable {
  /// How a pool keeps its stores.
  public struct Options: Sendable {
    /// How long a store stays open unused; zero closes it after each use.
    ///
    /// The environment variable `RUNDIGEST_SHARD_TTL`, in seconds, overrides it.
    public var idleTTL: Duration = .seconds(60)
    /// How many stores are open at most; lent stores may exceed it.
    public var capacity = 64
    /// The page cache of all stores together, at most: each store has an equal part by ``capacity``, and
    /// never more than its own options allow.
    public var cacheBytes = 512 << 20
    /// How the stores are opened.
    public var store = StoreOptions()

    /// The defaults.
    public init() {}
  }

  private let metrics = ShardMetrics()
  private let pool: KeyedResourcePool<ShardName, RunStore>

  /// Makes a pool of the stores of a folder, which is created when the first one is.
  public init(folder: String, options: Options = Options()) {
    let storeOptions = Self.storeOptions(options)
    var pool = KeyedResourcePool<ShardName, RunStore>.Options()
    pool.idleTTL =
      Self.ttl(ofEnvironment: getenv("RUNDIGEST_SHARD_TTL").map { String(cString: $0) })
      ?? options.idleTTL
    pool.capacity = options.capacity
    self.pool = KeyedResourcePool(
      options: pool,
      open: { name in
        try await RunStore.open(at: folder + "/" + name.file, options: storeOptions)
      },
      close: { await $0.close() },
      isPoison: ShardPool.isPoison
    )
  }

  /// Lends the store of a team for the time of `body`, and opens it if it is not open.
  ///
  /// - Throws: What opening it failed with, or what `body` throws.
  @discardableResult
  public func withShard<R: Sendable>(
    _ team: String,
    _ body: @Sendable (RunStore) async throws -> R
  ) async throws -> R {
    defer { metrics?.report(pool.counters) }
    return try await pool.withResource(try ShardName(team), body)
  }

  /// Closes a team's store when it is not lent, so that the next use opens it again: after its file was
  /// restored or moved.
  public func invalidate(_ team: String) throws {
    pool.invalidate(try ShardName(team))
  }

  /// Refuses further uses, waits for the present ones, and closes all stores.
  public func close() async {
    await pool.close()
  }

  /// What the pool has done so far.
  public var counters: ShardCounters { pool.counters }

  /// The options of each store, with its part of the memory.
  static func storeOptions(_ options: Options) -> StoreOptions {
    var store = options.store
    store.cacheBytes = min(store.cacheBytes, options.cacheBytes / max(1, options.capacity))
    return store
  }

  /// The time to live that the environment variable sets, in seconds.
  static func ttl(ofEnvironment text: String?) -> Duration? {
    guard let text, let seconds = Double(text), seconds >= 0, seconds < 1e9 else { return nil }
    return .milliseconds(Int64(seconds * 1000))
  }

  /// Whether a store must not be used after this error.
  static func isPoison(_ error: any Error) -> Bool {
    guard let error = error as? StoreError else { return false }
    return [.corrupt, .io, .refused, .moved, .closed].contains(error.code)
  }
}

/// What a pool of shards has done.
public struct ShardCounters: Sendable, Hashable {
  /// Stores opened.
  public internal(set) var opens = 0
  /// Stores closed.
  public internal(set) var closes = 0
  /// Uses that found their store open.
  public internal(set) var hits = 0
  /// Uses that waited for an opening that another use had begun.
  public internal(set) var joins = 0
  /// Openings that failed.
  public internal(set) var failures = 0
  /// Stores closed because nobody used them for the time to live.
  public internal(set) var expirations = 0
  /// Stores closed because there were too many.
  public internal(set) var evictions = 0
  /// Stores closed because an error said that they must not be used.
  public internal(set) var poisonings = 0
  /// Uses that had to try again because their store was closed while they waited for it.
  public internal(set) var retries = 0
  /// Stores that are open.
  public internal(set) var open = 0
  /// Uses that have a store.
  public internal(set) var lent = 0
}
