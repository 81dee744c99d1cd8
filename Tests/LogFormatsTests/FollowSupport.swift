import Events
import FoundationEssentials
import Glibc
import LogFormats
import RunDigest
import Testing

/// A folder with a store and logs, which a test writes while they are followed.
final class FollowedFolder: Sendable {
  let path: String
  let store: RunStore

  /// The time that a store of fixed time has: what a log says without a time happened then.
  static let fixedTime = Timestamp(microseconds: 1_800_000_000_000_000)

  init(isTimeFixed: Bool = false) async throws {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("rundigest-follow-\(UUID().uuidString)")
    try FileManager.default.createDirectory(
      at: folder.appendingPathComponent("logs"),
      withIntermediateDirectories: true
    )
    // As the kernel names it, which may be another way than the variable for such folders does.
    path = folder.resolvingSymlinksInPath().path
    var options = StoreOptions()
    if isTimeFixed { options.now = { Self.fixedTime } }
    store = try await RunStore.open(at: path + "/runs.sqlite", options: options)
  }

  deinit {
    try? FileManager.default.removeItem(atPath: path)
  }

  var logs: String { path + "/logs" }

  /// Writes a file below the logs, with the folders above it.
  func write(_ bytes: some Collection<UInt8>, to name: String) throws {
    let url = URL(filePath: logs + "/" + name)
    try FileManager.default.createDirectory(
      at: url.deletingLastPathComponent(),
      withIntermediateDirectories: true
    )
    // In place, as agents do: not by a rename.
    try Data(bytes).write(to: url)
  }

  func append(_ text: String, to name: String) throws {
    let handle = try #require(fopen(logs + "/" + name, "a"))
    defer { fclose(handle) }
    // There may be NULs in it.
    let bytes = Array(text.utf8)
    #expect(fwrite(bytes, 1, bytes.count, handle) == bytes.count)
  }

  /// A line in the native format.
  static func line(_ run: String, _ id: Int) -> String {
    #"{"run":"\#(run)","ts":"2026-06-01T00:00:00Z","kind":"text","id":"\#(id)"}"# + "\n"
  }

  /// How many events a run has.
  func events(of run: String) throws -> Int64 {
    do {
      return try store.reader.summary(of: RunID(run))?.head ?? 0
    } catch let error as StoreError where error.code == .notFound {
      return 0
    }
  }

  /// Waits until something holds; answers how long it took, and fails where it takes too long.
  @discardableResult
  static func wait(
    _ what: Comment,
    for limit: Duration = .seconds(600),
    until body: () throws -> Bool
  ) async throws -> Duration {
    let start = ContinuousClock.now
    while try !body() {
      try #require(.now - start < limit, what)
      try await Task.sleep(for: .milliseconds(10))
    }
    return .now - start
  }

  /// Follows the logs while `body` runs; answers what the follower did.
  func follow(
    _ paths: [String]? = nil,
    rest: Duration = .milliseconds(300),
    polls: Bool = false,
    sealIdle: Duration? = nil,
    body: () async throws -> Void
  ) async throws -> ImportReport {
    let stop = StopFlag()
    let (starts, hasStarted) = AsyncStream.makeStream(of: Void.self)
    var options = LogFollow.Options()
    options.rest = rest
    options.polls = polls
    options.change = { change in
      if case .following = change { hasStarted.finish() }
    }
    var importing = LogImport.Options()
    importing.sealIdle = sealIdle
    let follower = LogFollow(store: store, importing: importing, options: options, stop: stop)
    let paths = paths ?? [logs]
    let task = Task {
      defer { hasStarted.finish() }
      return try await follower.run(paths)
    }
    for await _ in starts {}
    do {
      try await body()
    } catch {
      stop.raise()
      _ = try? await task.value
      throw error
    }
    stop.raise()
    return try await task.value
  }

  /// All events of a store by run, as the native lines that they would be exported as.
  static func events(of store: RunStore) throws -> [String: [String]] {
    var events: [String: [String]] = [:]
    try store.reader.forEachEvent { name, event in
      var json = JSONWriter()
      NativeLine.write(run: try RunID(name), seq: event.seq, event: event.event, into: &json)
      events[name, default: []].append(String(decoding: json.bytes, as: UTF8.self))
    }
    return events
  }

  /// What one import of files gives, in a store of its own.
  static func importOnce(
    _ files: [(name: String, bytes: [UInt8])]
  ) async throws -> FollowedFolder {
    let folder = try await FollowedFolder()
    for (name, bytes) in files { try folder.write(bytes, to: name) }
    _ = try await LogImport(store: folder.store).run([folder.logs])
    try await folder.store.flush()
    return folder
  }
}
