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
  /// How many connections readers share at most; beyond, a read waits for another to end.
  ///
  /// More than there are processors, so that no thread of the cooperative pool ever waits for one.
  public var readers = max(16, sysconf(Int32(_SC_NPROCESSORS_ONLN)) + 8)
  /// How much memory SQLite may keep pages of the store in, at most: a third for the writer, the rest for
  /// all readers together.
  ///
  /// It is used up as the store grows beyond it and many read at once, and given back by the close. What
  /// is not kept is read again from the system's own cache, within microseconds.
  public var cacheBytes = 48 << 20
  /// The largest payload of one event.
  public var payloadBytesMax = 64 << 20
  /// How many events may wait to be written; beyond, callers wait or fail as they choose.
  public var appendBudgetEvents = 16_384
  /// How many bytes of events may wait to be written.
  public var appendBudgetBytes = 64 << 20
  /// The write-ahead log's size from which it is moved into the file.
  ///
  /// Most of it is copied while others go on writing, so it may grow to twice that; only the
  /// last of it, usually less than a megabyte, holds appends up. A page that many commits changed is moved
  /// once, so a longer log is less work.
  public var checkpointBytes = 24 << 20
  /// How long nothing must have been written before the log is moved into the file all the same.
  public var checkpointAfterIdle: Duration = .seconds(1)
  /// Whether digests are kept current in the background.
  ///
  /// Without it only ends fold, and whoever runs ``RunStore/run(drainingFor:)``; a barrier waits for
  /// that.
  public var foldsInBackground = true
  /// Strict mode: how long `open` waits until what was left unfolded is folded.
  ///
  /// It fails as `timedOut` after that. Without it a store is ready at once and catches up behind its users.
  public var catchesUpWithin: Duration?
  /// Where troubles are logged that no caller is told of; nowhere, unless you say so.
  public var logger = Logger(label: "rundigest") { _ in SwiftLogNoOpLogHandler() }
  /// The clock for events that name no time.
  public var now: @Sendable () -> Timestamp = Self.wallClock

  /// Points within folds, for tests only.
  package var foldHooks: FoldHooks?
  /// How long a run that cannot be folded waits at first, for tests only; the worker knows it else.
  package var foldRetryAfter: Duration?

  /// The defaults.
  public init() {}

  var writerCacheKiB: Int { max(256, cacheBytes / 3 / 1024) }
  var readerCacheKiB: Int { max(64, cacheBytes / 3 * 2 / max(1, readers) / 1024) }

  /// The system's wall clock.
  public static let wallClock: @Sendable () -> Timestamp = {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Timestamp(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000)
  }
}
