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
    /// Lines of the native format get the seqs that come next, whatever they claim: for the export of a
    /// log with a gap.
    package var renumbers = false
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

    fileprivate init(files: Int, bytesTotal: Int64) {
      file = 0
      self.files = files
      bytes = 0
      self.bytesTotal = bytesTotal
      bytesRead = 0
      events = 0
      source = ""
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
    let found = LogPaths(paths)
    let pipe = ImportPipe(store, renumbers: options.renumbers, tell: options.problem)
    for (shown, problem) in found.problems { note(problem, of: shown, &pipe.report) }
    try await RenamedSources(store).settle(found.files)
    var undecided: Set<String> = []
    var atRest: [String] = []
    try await visit(try ReadingOrder(store).sorted(found.files), pipe) { file, source, problem in
      if let problem { note(problem, of: file.shown, isNamed: file.isNamed, &pipe.report) }
      guard let path = file.path, case .atRest(let isUndecided) = source.state else { return }
      atRest.append(path)
      if isUndecided { undecided.insert(path) }
    }
    var report = pipe.report
    _ = try await UndecidedSources(store).settle(undecided, &report)
    // Only now: a session may go on in a file that was read later.
    let sealing = IdleSealing(store, options)
    for path in atRest where !options.isInterrupted() { _ = try await sealing.seal(path, &report) }
    let isAllUnknown =
      report.filesRead + report.filesUnchanged + report.filesWithoutConversation == 0
    if report.filesPassedOver > 0, isAllUnknown {
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
  /// it as a whole; again, if it had to be read again.
  func visit(
    _ files: [LogPaths.Found],
    _ pipe: ImportPipe,
    as visit: (LogPaths.Found) -> SourceImport.Visit = { _ in SourceImport.Visit() },
    body: (LogPaths.Found, SourceImport, SourceProblem?) -> Void
  ) async throws {
    do {
      try await visitInOrder(files, pipe, as: visit, body: body)
    } catch {
      // What is on its way arrives before the store is closed.
      try? await pipe.settle()
      throw error
    }
  }

  private func visitInOrder(
    _ files: [LogPaths.Found],
    _ pipe: ImportPipe,
    as visit: (LogPaths.Found) -> SourceImport.Visit,
    body: (LogPaths.Found, SourceImport, SourceProblem?) -> Void
  ) async throws {
    var starts: [Int64] = [0]
    for file in files { starts.append(starts[starts.count - 1] + file.bytes) }
    var progress = Progress(files: files.count, bytesTotal: starts[files.count])
    var index = 0
    var conflicts = 0
    while true {
      do {
        while index < files.count, !options.isInterrupted() {
          progress.file = index + 1
          progress.source = files[index].shown
          progress.bytes = starts[index]
          let file = files[index]
          var source = SourceImport(
            options: options,
            file: file,
            index: index,
            progress: progress,
            visit: visit(file)
          )
          let problem = try await run(&source, pipe)
          body(file, source, problem)
          progress.bytes += file.bytes
          progress.bytesRead = pipe.report.bytes
          progress.events = pipe.report.events
          options.progress(progress)
          index += 1
        }
        return try await pipe.settle()
      } catch let race as ImportPipe.LostRace {
        index = race.source
        conflicts += 1
        try ImportPipe.requirePatience(conflicts)
        guard files[index].canBeReadAgain else {
          throw StoreError(
            .conflict,
            "another import read logs of the same sessions just now; pipe this one in again"
          )
        }
      } catch is ImportConflict {
        // A run was to be ended just then: the source, a file, is looked at again.
        conflicts += 1
        try ImportPipe.requirePatience(conflicts)
      }
    }
  }

  private func run(
    _ source: inout SourceImport,
    _ pipe: ImportPipe
  ) async throws -> SourceProblem? {
    do {
      try await source.run(pipe)
      return nil
    } catch let problem as SourceProblem {
      try await pipe.settle()
      return problem
    }
  }

  private func note(
    _ problem: SourceProblem,
    of shown: String,
    isNamed: Bool = true,
    _ report: inout ImportReport
  ) {
    guard !problem.isPassedOver(isNamed: isNamed) else {
      let entry = ImportReport.Problem(source: shown, line: nil, reason: problem.sentence)
      return report.passOver(entry, isLog: problem.kind == .withoutConversation)
    }
    report.filesFailed += 1
    if problem.kind == .missing { report.filesMissing += 1 }
    let entry = ImportReport.Problem(source: shown, line: nil, reason: problem.sentence)
    report.add(entry)
    options.problem(entry)
  }
}
