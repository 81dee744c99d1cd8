package import RunDigest

/// Imports logs into a store: finds the files, reads what is new in each, and says what became of
/// it.
///
/// The importers know what lines mean; this only moves bytes. What it reads of a file and how far
/// it read are committed together, so it may be ended at any point and started again.
package struct LogImport {
  /// How an import behaves.
  package struct Options: Sendable {
    /// The format of all sources; by content where there is none.
    package var format: LogFormat?
    /// Runs whose log was at rest for this long are ended.
    package var sealIdle: Duration?
    /// Asked between two pieces: whether to stop here.
    package var isInterrupted: @Sendable () -> Bool = { false }
    /// Told now and then how far the import is.
    package var progress: @Sendable (Progress) -> Void = { _ in }
    /// Told of each problem as it is found.
    package var problem: @Sendable (ImportReport.Problem) -> Void = { _ in }

    package init() {}
  }

  /// How far an import is.
  package struct Progress: Sendable {
    package var file: Int
    package var files: Int
    package var bytes: Int64
    package var bytesTotal: Int64
    /// The part of `bytes` that this import read itself; the rest was read before.
    package var bytesRead: Int64
    package var events: Int64
    /// The source at hand.
    package var source: String

    init(files: Int = 1, bytesTotal: Int64 = 0, source: String = "") {
      file = 0
      self.files = files
      bytes = 0
      self.bytesTotal = bytesTotal
      bytesRead = 0
      events = 0
      self.source = source
    }
  }

  private let store: RunStore
  private let options: Options

  package init(store: RunStore, options: Options = Options()) {
    self.store = store
    self.options = options
  }

  /// Imports files and folders; `-` is standard input.
  ///
  /// - Throws: What kept the store from being written. Problems of the logs are in the report.
  package func run(_ paths: [String]) async throws -> ImportReport {
    var report = ImportReport()
    let found = LogPaths(paths)
    for (shown, problem) in found.problems { note(problem, of: shown, &report) }
    var undecided: Set<String> = []
    try await visit(found.files, &report) { file, source, problem, report in
      if let problem { note(problem, of: file.shown, isNamed: file.isNamed, &report) }
      if let path = file.path, case .atRest(isUndecided: true) = source.state {
        undecided.insert(path)
      }
    }
    _ = try await UndecidedSources(store).settle(undecided, &report)
    if report.filesPassedOver > 0, report.filesRead + report.filesUnchanged == 0 {
      let names = paths.joined(separator: ", ")
      let problem = SourceProblem(
        .directoryWithoutLogs,
        "\(names) holds no log of a known format (\(report.filesPassedOver) files looked at); name "
          + "another folder, or the format with --format"
      )
      note(problem, of: names, &report)
    }
    return report
  }

  /// Reads files one after another, and shows each to `body` afterwards, with what is wrong with
  /// it as a whole.
  func visit(
    _ files: [LogPaths.Found],
    _ report: inout ImportReport,
    as visit: (LogPaths.Found) -> SourceImport.Visit = { _ in .toRest },
    body: (LogPaths.Found, SourceImport, SourceProblem?, inout ImportReport) -> Void
  ) async throws {
    var progress = Progress(files: files.count, bytesTotal: files.reduce(0) { $0 + $1.bytes })
    for (index, file) in files.enumerated() {
      if options.isInterrupted() { break }
      progress.file = index + 1
      progress.source = file.shown
      let before = progress
      var source = SourceImport(
        store: store,
        options: options,
        file: file,
        progress: progress,
        visit: visit(file)
      )
      do {
        try await source.run(&report)
        body(file, source, nil, &report)
      } catch let problem as SourceProblem {
        body(file, source, problem, &report)
      }
      progress.bytes = before.bytes + file.bytes
      progress.bytesRead = report.bytes
      progress.events = report.events
      options.progress(progress)
    }
  }

  func note(
    _ problem: SourceProblem,
    of shown: String,
    isNamed: Bool = true,
    _ report: inout ImportReport
  ) {
    // In a folder there may be anything; only what was named must be a log.
    let isHarmless = problem.kind == .empty || problem.kind == .unknownFormat
    guard isNamed || !isHarmless else {
      report.filesPassedOver += 1
      return
    }
    report.filesFailed += 1
    if problem.kind == .missing { report.filesMissing += 1 }
    let entry = ImportReport.Problem(source: shown, line: nil, reason: problem.sentence)
    report.add(entry)
    options.problem(entry)
  }
}
