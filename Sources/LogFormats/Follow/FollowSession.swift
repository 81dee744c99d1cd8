internal import Glibc
internal import RunDigest

/// A follower at work.
///
/// Confined to the task that runs it.
///
/// 1. What the kernel tells, and what sweeps find, is kept as changed files; a file is read when
///    its turn comes, however often it has changed by then.
/// 2. A file that was read waits to be at rest. Only then is stored what its importer held back
///    for more to come, so that the store is the same as after one import of the grown file.
/// 3. A file that is slow to read is read the less often: no file takes more than a part of the
///    time, however fast it grows.
/// 4. A store that is deleted, moved or replaced ends it with an error, within a second.
final class FollowSession {
  let store: RunStore
  let importing: LogImport.Options
  let options: LogFollow.Options
  let stop: StopFlag
  let watcher: Inotify?
  var tree: LogTree
  var report = ImportReport()

  /// Changed files that were not read since.
  var queue: [LogPaths.Found] = []
  /// Slow files, and when it is their turn again.
  var notBefore: [String: ContinuousClock.Instant] = [:]
  /// Files that were read to their end, and when they will be at rest.
  var waiting: [String: ContinuousClock.Instant] = [:]
  /// Files at rest whose runs are to be ended, and when the next of them is due.
  var ending: [String: Int64] = [:]
  /// Files that wait for what others will tell, and whether any has told anything.
  var undecided: Set<String> = []
  var hasNews = false
  var marks: [String: ReadMark] = [:]
  /// Files by what became of them, each counted once.
  var seen: Set<String> = []
  var read: Set<String> = []
  var torn: Set<String> = []
  var failed: [String: Failure] = [:]

  /// Why a file could not be read as a whole when it was last tried.
  struct Failure: Equatable {
    var shown: String
    var problem: SourceProblem
    /// Whether it is no matter: in a folder there may be anything.
    var isPassedOver: Bool
  }

  var polls: Bool
  var isFinishing = false
  private var clock = ClockJump()
  private var nextSweep = ContinuousClock.now
  private var nextLook = ContinuousClock.now
  private var saidWatchProblem = false

  /// How long it sleeps at most: that soon it notices that the machine slept, or that the store was
  /// deleted, moved or replaced.
  private static let tick = Duration.milliseconds(500)
  /// How long changes are gathered before they are read.
  private static let gathering = Duration.milliseconds(50)
  private static let pollPeriod = Duration.milliseconds(500)
  private static let sweepPeriod = Duration.seconds(30)
  /// Named paths that are not there are looked for that often.
  private static let lookPeriod = Duration.seconds(1)

  init(
    _ store: RunStore,
    importing: LogImport.Options,
    options: LogFollow.Options,
    stop: StopFlag,
    paths: [String],
    awaited: [String]
  ) {
    self.store = store
    self.importing = importing
    self.options = options
    self.stop = stop
    let watcher = options.polls ? nil : Inotify()
    self.watcher = watcher
    tree = LogTree(paths, awaited: awaited, follows: true, watcher: watcher)
    polls =
      watcher == nil || tree.watchProblem != nil
      || tree.roots.contains { $0.real.map { FileSystems.isShared($0) } ?? false }
    if watcher == nil, !options.polls { tree.watchProblem = tree.watchFailure(errno) }
  }

  func run() async throws -> ImportReport {
    try await importWhatIsThere()
    if !stop.isRaised { try sayFollowing() }
    planSweep(cost: .zero)
    while !stop.isRaised {
      try await wait()
      try store.requireInPlace()
      if stop.isRaised { break }
      look()
      try sayWatchProblem()
      try await followMoves()
      try await readWhatChanged()
      try await settleWhatRests()
    }
    try await finish()
    return report
  }

  // MARK: Waiting

  /// Waits for something to happen, or for the time of something planned.
  private func wait() async throws {
    var wake = ContinuousClock.now + Self.tick
    wake = min(wake, nextSweep)
    if tree.hasMissingRoots { wake = min(wake, nextLook) }
    for time in waiting.values { wake = min(wake, time) }
    for file in queue { wake = min(wake, file.path.flatMap { notBefore[$0] } ?? .now) }
    if wake > .now {
      try await Waiting.untilReadable(
        [stop.descriptor, watcher?.descriptor ?? -1],
        for: wake - .now
      )
    }
    // What is written a piece at a time is read in one.
    try await Waiting.untilReadable([stop.descriptor], for: Self.gathering)
  }

  /// Takes in what has changed.
  func look() {
    watcher?.drain { tree.take($0) }
    let now = ContinuousClock.now
    if tree.hasMissingRoots, now >= nextLook {
      tree.lookForMissingRoots()
      nextLook = now + Self.lookPeriod
    }
    let hasSlept = clock.happened()
    if hasSlept || now >= nextSweep {
      tree.sweep(isDeep: hasSlept)
      marks = marks.filter { tree.files[$0.key] != nil }
      notBefore = notBefore.filter { $0.value > now }
      planSweep(cost: .now - now)
    }
    tellProblems()
    let queued = Set(queue.compactMap(\.path))
    queue += tree.takeChanged().filter { $0.path.map { !queued.contains($0) } ?? false }
  }

  /// Sweeps take a small part of the time, however many files there are: a twenty-fifth where nothing
  /// else tells of changes.
  private func planSweep(cost: Duration) {
    let pause = polls ? max(Self.pollPeriod, cost * 25) : max(Self.sweepPeriod, cost * 1000)
    nextSweep = .now + pause
  }

  private func sayWatchProblem() throws {
    guard let problem = tree.watchProblem, !saidWatchProblem else { return }
    saidWatchProblem = true
    polls = true
    planSweep(cost: .zero)
    try options.change(.warning(problem))
  }

  private func sayFollowing() throws {
    try sayWatchProblem()
    try options.change(
      .following(
        LogFollow.Start(
          report: report,
          files: tree.files.count,
          folders: tree.folders.count,
          isPolling: polls
        )
      )
    )
  }
}
