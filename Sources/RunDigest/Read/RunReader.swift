internal import Digests
internal import Engine
package import Storage
internal import Telemetry

/// A store opened for reading only: no writer, no worker, no thread, and nothing is ever created.
///
/// ```
/// let reader = try RunReader.open(at: path)
/// print(try reader.insight("agent-7").outcome.status)
/// ```
public struct RunReader: Sendable {
  package let pool: ReaderPool
  let known: KnownRuns
  /// Where the time of reads is reported.
  let telemetry: StoreTelemetry

  /// Reads through the connections of a store that is open already, and shares what it knows.
  init(pool: ReaderPool, known: KnownRuns, telemetry: StoreTelemetry = .none) {
    self.pool = pool
    self.known = known
    self.telemetry = telemetry
  }

  /// Opens an existing store.
  ///
  /// - Throws: ``StoreError``: `notFound` when there is none, `refused` for a file that is not a
  ///   store or whose schema is not the one of this version.
  public static func open(
    at path: String,
    allowsNetworkFileSystem: Bool = false
  ) throws -> RunReader {
    try StoreError.translating {
      let real = try StorageFile.prepare(
        path,
        .existing,
        allowsNetwork: allowsNetworkFileSystem
      )
      let pool = ReaderPool(path: real, capacity: 4)
      try pool.read { connection in
        do {
          try Schema.check(connection, path: path)
        } catch let error as SQLiteError where error.code == .cantOpen {
          throw StoreError(
            .io,
            "\(path) cannot be read here: SQLite needs to make its -wal and -shm files beside it; "
              + "make the folder writable or copy the store",
            cause: error
          )
        } catch let error as SQLiteError where error.code == .notADatabase {
          throw StoreError(
            .refused,
            "\(path) is not a SQLite file; choose another path",
            cause: error
          )
        }
        let version = try Schema.version(of: connection)
        guard version > 0 else {
          throw StoreError(.notFound, "\(path) is an empty file; import or append something first")
        }
        guard version == Schema.version else {
          throw StoreError(
            .refused,
            "\(path) has schema \(version), this version reads \(Schema.version); run "
              + "digest-ctl migrate to bring it up to date"
          )
        }
      }
      FlowTimer.current?.work("open")
      return RunReader(pool: pool, known: KnownRuns())
    }
  }

  /// Runs reads in one snapshot.
  func read<R>(_ body: (RunReads) throws -> R) throws -> R {
    try telemetry.span("rundigest.read") {
      try snapshot(body)
    }
  }

  func snapshot<R>(_ body: (RunReads) throws -> R) throws -> R {
    try StoreError.translating {
      try pool.snapshot { connection in
        try body(RunReads(connection: connection, generation: try LiveGeneration.read(connection)))
      }
    }
  }
}
