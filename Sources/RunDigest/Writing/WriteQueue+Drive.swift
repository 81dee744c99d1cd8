internal import Glibc
internal import Storage

/// The baton holder's side: which work is next, and doing it.
extension WriteQueue {
  /// The next piece of work.
  enum Next {
    case group([AppendWork])
    case job(JobWork)
    case checkpoint
    /// The log has become too long for more to be added before a part of it is moved.
    case awaitCopy
    case nothing
  }

  // MARK: A caller with the baton

  /// After a caller's own transaction: gives the baton to whoever does the rest.
  func finishAsCaller(committed: Int) {
    let walBytes = engine.walBytes
    let (next, wakes, copies) = state.withLock { state -> (Holder, Bool, Bool) in
      let copies = self.count(committed, walBytes, &state)
      let (next, wakes) = Self.passOn(&state)
      return (next, wakes, copies)
    }
    if wakes { start(next) }
    if copies { startCopyingLog() }
  }

  /// Writes one group on a thread of the pool, and gives the baton to whoever does the rest.
  func driveAsTask() {
    let works = state.withLock { state -> [AppendWork] in
      guard Self.isForCallers(state) else { return [] }
      let works = Self.takeGroup(&state.appends, eventsMax: Self.poolEventsMax)
      state.crowd = works.count
      return works
    }
    guard works.isEmpty || write(works, mayBlock: false) else {
      putBack(works)
      return
    }
    finishAsCaller(committed: works.isEmpty ? 0 : 1)
  }

  /// Sets the next holder; also says whether it has to be told.
  private static func passOn(_ state: inout State) -> (Holder, wakes: Bool) {
    if state.hasWork || state.wantsCheckpoint || state.isClosing {
      state.holder = isForCallers(state) ? .caller : .thread
      return (state.holder, true)
    }
    state.holder = .nobody
    // The thread, sleeping without an end, is to watch for the end of the activity.
    let wakes = state.sleepsDeeply && state.commits != state.commitsAtCheckpoint
    if wakes { state.sleepsDeeply = false }
    return (.nobody, wakes)
  }

  /// Makes the holder of the baton begin.
  func start(_ holder: Holder) {
    switch holder {
    case .caller: Task { self.driveAsTask() }
    case .thread, .nobody: state.broadcast()
    }
  }

  /// Whether what is in line can be done without blocking, as far as one can see.
  static func isForCallers(_ state: State) -> Bool {
    guard !state.wantsCheckpoint, !state.isClosing, state.crowd < crowdMin else { return false }
    return state.jobs.allSatisfy(\.isEmpty)
  }

  /// A caller could not write what it took: back to the front, and to the thread.
  private func putBack(_ works: [AppendWork]) {
    state.withLock { state in
      var line = WorkLine<AppendWork>()
      for work in works {
        work.isTaken = false
        line.append(work)
      }
      while let work = state.appends.first() {
        line.append(work)
        state.appends.removeFirst()
      }
      state.appends = line
      state.holder = .thread
    }
    state.broadcast()
  }

  /// Notes commits, and whether the log has become so long that it is to be copied.
  private func count(_ committed: Int, _ walBytes: Int, _ state: inout State) -> Bool {
    state.commits += committed
    guard walBytes >= state.checkpointAtBytes, !state.wantsCheckpoint, !state.isClosing else {
      return false
    }
    guard state.isCopyingLog else {
      state.isCopyingLog = true
      return true
    }
    let beyond = walBytes - state.checkpointAtBytes
    if beyond >= options.checkpointBytes { state.wantsCheckpoint = true }
    return false
  }

  // MARK: The thread with the baton

  /// Works until nothing is left, then gives the baton back.
  func driveAsThread() {
    while true {
      let walBytes = engine.walBytes
      let (next, copies) = state.withLock { state -> (Next, Bool) in
        let copies = self.count(0, walBytes, &state)
        let next = Self.nextForThread(&state)
        if case .nothing = next { state.holder = .nobody }
        return (next, copies)
      }
      if copies { startCopyingLog() }
      switch next {
      case .nothing: return
      case .checkpoint: checkpoint(.restart)
      case .awaitCopy: awaitCopy()
      case .group(let works): _ = write(works, mayBlock: true)
      case .job(let work): run(work)
      }
    }
  }

  private static func nextForThread(_ state: inout State) -> Next {
    if let job = state.jobs[WritePriority.finalize.rawValue].take() { return .job(job) }
    // Before more is appended: a log that grows past its bound must not outrun its checkpoint.
    if state.wantsCheckpoint { return state.isCopyingLog ? .awaitCopy : .checkpoint }
    let lower = [WritePriority.fold.rawValue, WritePriority.maintenance.rawValue]
    if state.appendStreak < 4, state.appends.first() != nil {
      state.appendStreak += 1
      let works = takeGroup(&state.appends, eventsMax: groupEventsMax)
      state.crowd = works.count
      return .group(works)
    }
    let hadTurn = state.appendStreak > 0
    state.appendStreak = 0
    for index in lower {
      if let job = state.jobs[index].take() { return .job(job) }
    }
    return hadTurn ? nextForThread(&state) : .nothing
  }

  private static func takeGroup(
    _ line: inout WorkLine<AppendWork>,
    eventsMax: Int
  ) -> [AppendWork] {
    var works: [AppendWork] = []
    var events = 0
    var bytes = 0
    while let work = line.first() {
      events += work.call.events.count
      bytes += work.call.bytes
      // One always fits, however big it is.
      guard works.isEmpty || (events <= eventsMax && bytes <= groupBytesMax) else { break }
      work.isTaken = true
      works.append(work)
      line.removeFirst()
    }
    return works
  }

  // MARK: Doing it

  /// Writes a group and tells its callers; `false` when that would have to wait, and nothing is done.
  private func write(_ works: [AppendWork], mayBlock: Bool) -> Bool {
    do {
      let results = try engine.append(group: works.map(\.call), mayBlock: mayBlock)
      if mayBlock { state.withLock { $0.commits += 1 } }
      var waiting: [LogSync.Answer] = []
      for (work, result) in zip(works, results) {
        switch result {
        case .success(let receipt): if let answer = work.commit(receipt) { waiting.append(answer) }
        case .failure(let error): work.fail(error)
        }
      }
      log.add(waiting)
    } catch is WriteEngine.MustWait {
      return false
    } catch {
      for work in works { work.fail(error) }
    }
    return true
  }

  private func run(_ work: JobWork) {
    guard let body = work.body else { return }
    do {
      let tell = try engine.transaction(mayBlock: true, body)
      state.withLock { $0.commits += 1 }
      tell()
    } catch {
      work.fail(error)
    }
  }

  /// Checkpoints; a part that readers still hold is left for the next time.
  func checkpoint(_ kind: Writer.Checkpoint) {
    do {
      try engine.checkpoint(kind)
    } catch {
      // A writer that failed is opened anew by the next transaction, which meets the same disk.
      didFailCheckpoint(StoreError.translation(of: error))
    }
    let walBytes = engine.walBytes
    state.withLock { state in
      state.wantsCheckpoint = false
      state.commitsAtCheckpoint = state.commits
      // A bound of .max means never.
      let (next, isNever) = walBytes.addingReportingOverflow(options.checkpointBytes)
      state.checkpointAtBytes = isNever ? .max : next
    }
  }
}

extension WorkLine {
  /// Takes the first that was not cancelled.
  mutating func take() -> Work? {
    guard let work = first() else { return nil }
    work.isTaken = true
    removeFirst()
    return work
  }
}
