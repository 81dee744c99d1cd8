package import RunDigest

/// Imports logs into a store as they grow, until somebody says stop.
///
/// It is the import of files that are there, and then of every change to them: what is stored in
/// the end is what one import of the grown files would have stored. It keeps no file open, and
/// may be killed at any point: the next import or follower goes on from the cursors.
package struct LogFollow {
  /// How a follower behaves.
  package struct Options: Sendable {
    /// A file that was not written to for this long is at rest: what waits for more of it, such as
    /// the last message of a model, is stored then.
    package var rest: Duration = .seconds(5)
    /// Looks at the files again and again rather than being told of changes by the kernel.
    package var polls = false
    /// Told of each change; what it throws ends the follower.
    package var change: @Sendable (Change) throws -> Void = { _ in }

    package init() {}
  }

  /// Something that a follower did.
  package enum Change: Sendable {
    /// All that was there is imported; from here on files are followed.
    case following(Start)
    /// Something new of a file is stored.
    case read(Read)
    /// Runs were ended, their log being at rest.
    case ended(source: String, runs: Int64)
    /// It goes on, but not as it should: one sentence.
    case warning(String)
  }

  /// How following begins.
  package struct Start: Sendable {
    package var report: ImportReport
    package var files: Int
    package var folders: Int
    package var isPolling: Bool
  }

  /// What was new in a file.
  package struct Read: Sendable {
    /// The file as people named it.
    package var source: String
    package var report: ImportReport
  }

  private let store: RunStore
  private let importing: LogImport.Options
  private let options: Options
  private let stop: StopFlag

  /// Makes a follower, which `stop` stops.
  package init(
    store: RunStore,
    importing: LogImport.Options = LogImport.Options(),
    options: Options = Options(),
    stop: StopFlag
  ) {
    self.store = store
    self.importing = importing
    self.options = options
    self.stop = stop
  }

  /// Imports the files and folders, and follows them until it is stopped.
  ///
  /// - Parameters:
  ///   - paths: what must be there; that it is not is a problem in the report.
  ///   - awaited: what may come later.
  /// - Returns: What it did.
  /// - Throws: What kept the store from being written. Problems of the logs are in the report.
  package func run(_ paths: [String], awaited: [String] = []) async throws -> ImportReport {
    var importing = importing
    importing.isInterrupted = { [stop] in stop.isRaised }
    let session = FollowSession(
      store,
      importing: importing,
      options: options,
      stop: stop,
      paths: paths,
      awaited: awaited
    )
    return try await session.run()
  }
}
