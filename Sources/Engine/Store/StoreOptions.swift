public import Events
internal import Glibc
public import Logging

/// How a store is opened and how it behaves; the defaults suit a hub.
public struct StoreOptions: Sendable {
  /// Whether the file and its folder may be created.
  public var creates = true
  /// Goes on although the file system, being remote or in user space, may not keep locks.
  public var allowsNetworkFileSystem = false
  /// How long a write waits for another process before it fails as busy.
  public var busyTimeout: Duration = .seconds(10)
  /// How many connections readers share at most; beyond that, a read waits for another to end.
  ///
  /// More than there are processors, so that no thread of the cooperative pool waits for one.
  public var readers = max(16, sysconf(Int32(_SC_NPROCESSORS_ONLN)) + 8)
  /// How much memory SQLite may keep pages of the store in, at most: a third for the writer, the rest for
  /// all readers together.
  ///
  /// It is used as the store grows and many read at once, and freed by the close. Pages that are not
  /// kept are read again from the system's cache, within microseconds.
  public var cacheBytes = 48 << 20
  /// The largest payload of one event.
  public var payloadBytesMax = 64 << 20
  /// The append budget: how many events may wait to be written.
  ///
  /// Beyond it, callers wait or fail as they choose (``WhenFull``).
  public var appendBudgetEvents = 16_384
  /// The append budget in bytes.
  public var appendBudgetBytes = 64 << 20
  /// The size of the WAL from which it is moved into the file.
  ///
  /// Most of it is copied while others go on writing, so it may grow to twice that. The rest, usually
  /// less than a megabyte, holds appends up. A page that many commits changed is moved once, so a longer
  /// WAL is less work.
  public var checkpointBytes = 24 << 20
  /// After how long without a commit a shorter WAL is moved into the file as well.
  public var checkpointAfterIdle: Duration = .seconds(1)
  /// Whether digests are kept current in the background.
  ///
  /// If it is off, only ends and ``RunStore/run(drainingFor:)`` fold; a barrier waits for these.
  public var foldsInBackground = true
  /// Strict mode: how long `open` waits until what was left unfolded is folded.
  ///
  /// It fails as `timedOut` after that. Without it a store is ready at once and catches up behind its users.
  public var catchesUpWithin: Duration?
  /// Receives errors that no caller gets, such as those of checkpoints; the default discards them.
  public var logger = Logger(label: "rundigest") { _ in SwiftLogNoOpLogHandler() }
  /// The clock for events without a time.
  public var now: @Sendable () -> Timestamp = Self.wallClock

  /// Points within folds, for tests only.
  package var foldHooks: FoldHooks?
  /// How long a run that cannot be folded waits at first, for tests only; the worker knows it else.
  package var foldRetryAfter: Duration?

  /// The defaults.
  public init() {}

  package var writerCacheKiB: Int { max(256, cacheBytes / 3 / 1024) }
  package var readerCacheKiB: Int { max(64, cacheBytes / 3 * 2 / max(1, readers) / 1024) }

  /// The system's wall clock.
  public static let wallClock: @Sendable () -> Timestamp = {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Timestamp(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000)
  }
}
