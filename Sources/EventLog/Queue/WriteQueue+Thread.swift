internal import Engine
internal import Support
internal import Telemetry

/// The queue's thread: which work is next, and doing it.
extension WriteQueue {
  /// The next piece of work.
  private enum Work {
    case group([Appends.Waiter])
    case job(Jobs.Waiter)
    case checkpoint
    case close
  }

  func runThread() {
    while true {
      let work = state.waitFor { state, deadline in self.next(&state, &deadline) }
      var commits = 0
      switch work {
      case .group(let waiters): commits = write(waiters)
      case .job(let waiter): commits = run(waiter)
      case .checkpoint: checkpoint(.restart)
      case .close: return finishClosing()
      case nil:
        lookForStore()
        continue
      }
      finish(commits: commits)
    }
  }

  /// Reports a store that is not where it was, also while no caller appends.
  private func lookForStore() {
    do {
      try requireInPlace()
    } catch {
      didMove(StoreError.translation(of: error))
    }
  }

  /// Takes the next work and makes the thread the owner; `nil` to sleep until the deadline.
  private func next(_ state: inout State, _ deadline: inout UInt64?) -> Work? {
    deadline = nil
    let work = state.owner == .none ? work(in: &state, &deadline) : nil
    if work != nil { state.owner = .thread }
    state.isParked = work == nil && deadline == nil
    let look = MonotonicTime.now() + Self.lookNanoseconds
    deadline = min(deadline ?? look, look)
    return work
  }

  private func work(in state: inout State, _ deadline: inout UInt64?) -> Work? {
    if let job = state.finalizes.takeFirst() { return .job(job) }
    // Before more is appended: a WAL beyond its bound must not outrun its checkpoint.
    if state.wantsCheckpoint { return state.isCopyingWAL ? nil : .checkpoint }
    if state.appendStreak < 4, !state.appends.isEmpty {
      state.appendStreak += 1
      let group = Self.takeGroup(&state.appends)
      state.loneStreak = group.count == 1 ? state.loneStreak + 1 : 0
      return .group(group)
    }
    let hadStreak = state.appendStreak > 0
    state.appendStreak = 0
    if let job = state.folds.takeFirst() ?? state.maintenance.takeFirst() { return .job(job) }
    if hadStreak, !state.appends.isEmpty { return work(in: &state, &deadline) }
    if state.isClosing { return state.isCopyingWAL ? nil : .close }
    return idleCheckpoint(&state, &deadline)
  }

  /// A checkpoint if nothing was committed for a while; otherwise when to look again.
  private func idleCheckpoint(_ state: inout State, _ deadline: inout UInt64?) -> Work? {
    guard !state.isCopyingWAL, state.commits != state.commitsAtCheckpoint else { return nil }
    let due = state.lastCommitAt + MonotonicTime.nanoseconds(options.checkpointAfterIdle)
    guard MonotonicTime.now() < due else { return .checkpoint }
    deadline = due
    return nil
  }

  private static func takeGroup(_ appends: inout Appends) -> [Appends.Waiter] {
    var group: [Appends.Waiter] = []
    var events = 0
    var bytes = 0
    while let next = appends.first?.request.call {
      events += next.events.count
      bytes += next.bytes
      // One always fits, however big it is.
      guard group.isEmpty || (events <= groupEventsMax && bytes <= groupBytesMax),
        let waiter = appends.takeFirst()
      else { break }
      group.append(waiter)
    }
    return group
  }

  /// Ends the ownership of a caller or of the thread.
  package func finish(commits: Int) {
    let walBytes = writer.walBytes
    let (wakes, copies) = state.withLock { state -> (Bool, Bool) in
      if state.owner == .caller, !state.appends.isEmpty { state.loneStreak = 0 }
      state.owner = .none
      if commits > 0 {
        state.commits += commits
        state.lastCommitAt = MonotonicTime.now()
      }
      let copies = self.startsCopying(walBytes, &state)
      return (state.isParked || state.hasWork || state.wantsCheckpoint || state.isClosing, copies)
    }
    if wakes { state.signal() }
    if copies { startCopyingWAL() }
  }

  // MARK: Doing it

  /// Writes a group and resumes its callers; returns the number of commits.
  private func write(_ group: [Appends.Waiter]) -> Int {
    do {
      let results = try writer.append(group: group.map(\.request.call), mayBlock: true)
      var waiting: [@Sendable (Result<Void, any Error>) -> Void] = []
      for (waiter, result) in zip(group, results) {
        guard case .success(let receipt) = result, waiter.request.durability == .durable else {
          waiter.resume(result.mapError(StoreError.translation))
          continue
        }
        // The caller stays suspended until the sync.
        waiter.request.call.stages?.commit()
        waiter.request.timer?.work("commit")
        waiting.append { result in
          waiter.request.timer?.wait("sync")
          waiter.resume(result.map { receipt })
        }
      }
      walSync.add(waiting)
      return 1
    } catch {
      for waiter in group { waiter.resume(throwing: StoreError.translation(of: error)) }
      return 0
    }
  }

  private func run(_ job: Jobs.Waiter) -> Int {
    do {
      try writer.transaction(mayBlock: true, job.request)
      job.resume(returning: ())
      return 1
    } catch {
      job.resume(throwing: StoreError.translation(of: error))
      return 0
    }
  }

  private func finishClosing() {
    // A short WAL makes the next open, and a copy of the file, quick. If another process is writing,
    // that one does this when it closes.
    checkpoint(.truncate)
    writer.close()
    walSync.close()
    let closers = state.withLock { state in
      state.isClosed = true
      state.owner = .none
      return state.closers.takeAll()
    }
    for closer in closers { closer.resume(returning: ()) }
  }
}
