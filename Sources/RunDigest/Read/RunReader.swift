internal import Digests
internal import Engine
internal import SQLiteEngine
internal import Telemetry

/// A store opened for reading only: no writer, no worker, no thread, and nothing is ever created.
///
/// ```
/// let reader = try RunReader.open(at: path)
/// print(try reader.insight("agent-7").outcome.status)
/// ```
public struct RunReader: Sendable {
  package let engine: any StoreEngine
  let known: KnownRuns
  /// Where the time of reads is reported.
  let telemetry: StoreTelemetry

  /// Reads through the connections of a store that is open already, and shares what it knows.
  init(engine: any StoreEngine, known: KnownRuns, telemetry: StoreTelemetry = .none) {
    self.engine = engine
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
      let database = try SQLiteDatabase.openForReading(
        path,
        allowsNetworkFileSystem: allowsNetworkFileSystem
      )
      FlowTimer.current?.work("open")
      return RunReader(engine: database, known: KnownRuns())
    }
  }

  /// Runs reads in one snapshot.
  func read<R>(_ body: (ReadSnapshot) throws -> R) throws -> R {
    try telemetry.span("rundigest.read") {
      try snapshot(body)
    }
  }

  /// Runs reads in one snapshot, of which nothing is known: not even that there is a live generation.
  func engineRead<R>(_ body: (any EngineSnapshot) throws -> R) throws -> R {
    try StoreError.translating { try engine.snapshot(body) }
  }

  func snapshot<R>(_ body: (ReadSnapshot) throws -> R) throws -> R {
    try StoreError.translating {
      try engine.snapshot { try body(ReadSnapshot($0)) }
    }
  }
}
