internal import Glibc
internal import RunDigest

extension FollowSession {
  // MARK: The beginning

  /// Imports what is there, as any import does; files that are being written wait to be at rest.
  func importWhatIsThere() async throws {
    tellProblems()
    let files = try ReadingOrder(store).sorted(tree.takeChanged())
    try await RenamedSources(store).settle(files)
    let now = store.options.now().microseconds * 1000
    let rest = Int64(options.rest / .nanoseconds(1))
    let fresh = Set(tree.files.filter { now - $0.value.stamp.modified < rest }.keys)
    let pipe = ImportPipe(store, tell: importing.problem)
    try await LogImport(store: store, options: importing).visit(
      files,
      pipe,
      as: { file in SourceImport.Visit(isGrowing: file.path.map(fresh.contains) ?? false) },
      body: keep
    )
    report.add(pipe.report)
    undecided = try await UndecidedSources(store).settle(undecided, &report)
    try await endWhatRests()
    countFiles()
  }

  // MARK: Changes

  /// Has the cursors of renamed files go with them, so that a rotated log is not taken for a new
  /// one: lines without ids would be stored again.
  func followMoves() async throws {
    var moves: [ImportMove] = []
    for move in tree.takeMoves() {
      guard let cursor = try store.importCursor(of: move.from),
        try await RenamedSources.begins(move.to, as: cursor)
      else { continue }
      moves.append(ImportMove(cursor: cursor, to: move.to))
      if let time = waiting.removeValue(forKey: move.from) { waiting[move.to] = time }
      ending[move.to] = ending.removeValue(forKey: move.from)
      marks[move.to] = marks.removeValue(forKey: move.from)
      if undecided.remove(move.from) != nil { undecided.insert(move.to) }
    }
    try await store.moveImportCursors(moves)
    // One whose new name was missed by the look that missed its old one: the store knows it still.
    let new = queue.filter { $0.path.map { !seen.contains($0) } ?? false }
    if !new.isEmpty { try await RenamedSources(store).settle(new) }
  }

  /// Reads the files that have changed, each as far as it goes.
  func readWhatChanged() async throws {
    let now = ContinuousClock.now
    let due = queue.filter { file in file.path.flatMap { notBefore[$0] }.map { $0 <= now } ?? true }
    queue.removeAll { due.contains($0) }
    for file in due {
      if stop.isRaised { return }
      try await visit(file, isGrowing: true)
    }
  }

  /// Stores what was held back of files that are at rest by now, and ends runs where it is time.
  func settleWhatRests() async throws {
    let now = ContinuousClock.now
    for (path, time) in waiting.sorted(by: { $0.key < $1.key }) where time <= now {
      if stop.isRaised { return }
      try await settle(path)
    }
    try await endWhatRests()
    try await settleUndecided()
  }

  /// Ends the runs whose log has been at rest for long enough.
  private func endWhatRests() async throws {
    let sealing = IdleSealing(store, importing)
    let now = store.options.now().microseconds
    for (path, due) in ending.sorted(by: { $0.key < $1.key }) where due <= now {
      if stop.isRaised { return }
      var visit = ImportReport()
      ending[path] = try await sealing.seal(path, &visit)
      report.add(visit)
      try tell(tree.files[path]?.found.shown ?? path, visit)
    }
  }

  /// Leaves the store as an import would that reads all files as they are now.
  func finish() async throws {
    isFinishing = true
    look()
    try await followMoves()
    for file in queue { file.path.map { waiting[$0] = .now } }
    for path in waiting.keys.sorted() { try await settle(path) }
    hasNews = true
    try await settleUndecided()
    countFiles()
  }

  private func settleUndecided() async throws {
    guard hasNews, !undecided.isEmpty, waiting.isEmpty else { return }
    hasNews = false
    var visit = ImportReport()
    undecided = try await UndecidedSources(store).settle(undecided, &visit)
    report.add(visit)
  }

  // MARK: One file

  /// Takes a file to be at rest.
  private func settle(_ path: String) async throws {
    waiting[path] = nil
    guard let file = tree.files[path]?.found else { return try await close(path) }
    try await visit(file, isGrowing: false)
  }

  /// Settles a file that is gone, from what the store remembers of it.
  private func close(_ path: String) async throws {
    marks[path] = nil
    var visit = ImportReport()
    _ = try await UndecidedSources(store).settle(path, &visit)
    ending[path] = try await IdleSealing(store, importing).seal(path, &visit)
    report.add(visit)
    try tell(path, visit)
  }

  private func visit(_ file: LogPaths.Found, isGrowing: Bool) async throws {
    guard let path = file.path else { return }
    var quiet = importing
    quiet.progress = { _ in }
    // What waits to be at rest is settled in the end too.
    if isFinishing { quiet.isInterrupted = { false } }
    let visit = SourceImport.Visit(isGrowing: isGrowing, mark: marks[path])
    let pipe = ImportPipe(store, tell: importing.problem)
    let began = ContinuousClock.now
    try await LogImport(store: store, options: quiet).visit(
      [file],
      pipe,
      as: { _ in visit },
      body: keep
    )
    let cost = .now - began
    notBefore[path] = cost > Self.slow ? .now + min(cost * 2, Self.longestPause) : nil
    report.add(pipe.report)
    try tell(file.shown, pipe.report)
  }

  private static var slow: Duration { .milliseconds(100) }
  private static var longestPause: Duration { .seconds(5) }

  /// Remembers how a file stands after a visit.
  private func keep(_ file: LogPaths.Found, _ source: SourceImport, _ problem: SourceProblem?) {
    guard let path = file.path else { return }
    if let problem { return note(problem, path, file) }
    failed[path] = nil
    seen.insert(path)
    if source.wasRead { read.insert(path) }
    if source.isTorn { torn.insert(path) } else { torn.remove(path) }
    marks[path] = source.mark
    switch source.state {
    case .unfinished:
      waiting[path] = .now + options.rest
      ending[path] = nil
    case .atRest(let isUndecided):
      waiting[path] = nil
      if isUndecided { undecided.insert(path) } else { undecided.remove(path) }
      if importing.sealIdle != nil { ending[path] = 0 }
    }
  }

  private func tell(_ shown: String, _ visit: ImportReport) throws {
    if visit.events > 0 { hasNews = true }
    if visit.lines > 0 || visit.events > 0 {
      try options.change(.read(LogFollow.Read(source: shown, report: visit)))
    }
    if visit.sealed > 0 { try options.change(.ended(source: shown, runs: visit.sealed)) }
  }

  // MARK: What could not be read

  private func note(_ problem: SourceProblem, _ path: String, _ file: LogPaths.Found) {
    // It went away, or a file that was named is being filled: neither is a failure here.
    if problem.kind == .missing || problem.kind == .empty && file.isNamed { return }
    let isPassedOver = problem.isPassedOver(isNamed: file.isNamed)
    let failure = Failure(shown: file.shown, problem: problem, isPassedOver: isPassedOver)
    guard failed.updateValue(failure, forKey: path) != failure, !isPassedOver else { return }
    tell(file.shown, problem)
  }

  /// Reports what cannot be looked at.
  func tellProblems() {
    for (shown, problem) in tree.takeProblems() { tell(shown, problem) }
  }

  private func tell(_ shown: String, _ problem: SourceProblem) {
    let entry = ImportReport.Problem(source: shown, line: nil, reason: problem.sentence)
    report.add(entry)
    importing.problem(entry)
  }

  private func countFiles() {
    report.filesRead = read.count
    report.filesUnchanged = seen.count - read.count
    report.filesTorn = torn.count
    let passedOver = failed.filter { $0.value.isPassedOver }
    report.passOver(
      passedOver.sorted { $0.key < $1.key }.map { _, failure in
        ImportReport.Problem(source: failure.shown, line: nil, reason: failure.problem.sentence)
      }
    )
    report.filesFailed = failed.count - passedOver.count + tree.broken.count
    report.filesMissing = tree.broken.values.count { $0.kind == .missing }
  }
}
