import Events
import Storage
import TestSupport

@testable import Engine
@testable import EventLog
@testable import RunDigest
@testable import SQLiteEngine

/// A store of its own in a temporary folder.
struct TestStore {
  let folder: TemporaryFolder
  let store: RunStore

  init(_ change: (inout StoreOptions) -> Void = { _ in }) async throws {
    folder = try TemporaryFolder()
    store = try await Self.open(folder, change)
  }

  /// A second store on the same file.
  func another(_ change: (inout StoreOptions) -> Void = { _ in }) async throws -> RunStore {
    try await Self.open(folder, change)
  }

  private static func open(
    _ folder: TemporaryFolder,
    _ change: (inout StoreOptions) -> Void
  ) async throws -> RunStore {
    var options = StoreOptions()
    // However long a busy machine lets somebody hold the gate.
    options.busyTimeout = .seconds(600)
    change(&options)
    return try await RunStore.open(at: folder.file(), options: options)
  }

  func events(of run: String) throws -> [LoggedEvent] {
    try store.readers.snapshot { connection in
      guard let id = try connection.tables.run(named: run)?.row else { return [] }
      return try connection.tables.events(of: id, after: 0, limit: .max)
    }
  }

  func number(_ sql: String) throws -> Int64 {
    try store.readers.read { connection in
      try connection.prepare(sql).firstRow { $0.int64(at: 0) } ?? -1
    }
  }
}

extension Event {
  /// An event with text in its payload.
  static func text(
    _ text: String = "hello",
    id: String? = nil,
    session: String? = nil,
    ts: Int64? = 1
  ) -> Event {
    Event(
      "text",
      payload: Payload(unchecked: Array("{\"text\":\"\(text)\"}".utf8)),
      ts: ts.map(Timestamp.init(microseconds:)),
      session: session,
      id: id
    )
  }
}

/// The code of the ``StoreError`` that `body` throws, or `nil`.
func failure(_ body: () async throws -> Void) async -> StoreError.Code? {
  do {
    try await body()
    return nil
  } catch let error as StoreError {
    return error.code
  } catch {
    return nil
  }
}

/// The gate of a store, held as another process would hold it.
///
/// Waits for its turn: the store may be checkpointing, or tidying up after a write that was
/// answered already.
func holdGate(of store: RunStore) async throws -> WriteGate {
  let gate = try WriteGate(storePath: store.path)
  while try !gate.tryAcquire() { try await Task.sleep(for: .milliseconds(1)) }
  return gate
}
