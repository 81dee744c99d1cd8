internal import Folding
internal import Storage

/// What the worker folds and writes at a time.
extension FoldWorker {
  func prepare(_ pending: inout ArraySlice<Int64>, _ engine: FoldEngine) -> FoldSlice {
    var slice = FoldSlice()
    while slice.events < options.slice.events, !isOutOfTime, let run = pending.popFirst() {
      do {
        let held = state.withLock { $0.held.take(run) }
        let prepared = try readers.snapshot { connection in
          let generation = try LiveGeneration.forFolding(connection, hooks)
          engine.use(generation: generation)
          known.note(generation: generation)
          return try engine.prepare(run, held: held, limit: options.slice, connection)
        }
        if let (batch, events, isCut) = prepared {
          slice.add(batch, events: events, isCut: isCut)
          if isCut { keep(held, of: run, after: batch.digest.watermark) }
        } else {
          recovered(run)
        }
      } catch {
        setAside(run, error)
      }
    }
    return slice
  }

  /// Folds on with runs whose last batch is being written.
  ///
  /// What fails here fails again when it is tried in its turn, and is heard of then.
  func prepareAhead(_ runs: [Int64], _ engine: FoldEngine) -> FoldSlice {
    var slice = FoldSlice()
    for run in runs where slice.events < options.slice.events && !isOutOfTime {
      let held = state.withLock { $0.held.take(run) }
      let prepared = try? readers.snapshot { connection in
        engine.use(generation: try LiveGeneration.forFolding(connection, hooks))
        return try engine.prepareAhead(run, held: held, limit: options.slice, connection)
      }
      if let (batch, events, isCut) = prepared {
        slice.add(batch, events: events, isCut: isCut)
      }
      keep(held, of: run, after: prepared?.batch.digest.watermark ?? 0)
    }
    return slice
  }

  /// Keeps at hand what of a run's tail goes on after a batch.
  private func keep(_ held: HeldTail, of run: Int64, after seq: Int64) {
    guard held.lastSeq > seq else { return }
    state.withLock { $0.held.giveBack(held.after(seq), of: run) }
  }

  /// A slice on its way, and what it will be answered with: for each batch whether it was written.
  struct Writing {
    var slice: FoldSlice
    /// Whether there is an answer.
    var isDone: () -> Bool
    var answer: () throws -> [Bool]
  }

  /// Begins to write a slice: on the queue's thread where this one has other work meanwhile.
  func start(_ slice: FoldSlice, meanwhile hasWork: Bool) -> Writing {
    let batches = slice.batches
    let asked = MonotonicTime.now()
    guard hasWork else {
      let result = Result {
        try queue.writeAndBlock(priority: .fold) { [hooks, time] context in
          time.add(wait: MonotonicTime.now() - asked)
          return try FoldWriter(connection: context.connection, hooks: hooks).writeIfLive(batches)
        }
      }
      return Writing(slice: slice, isDone: { true }, answer: result.get)
    }
    let pending = queue.startWriting(priority: .fold) { [hooks, time] context in
      let start = MonotonicTime.now()
      defer { time.add(work: MonotonicTime.now() - start) }
      return try FoldWriter(connection: context.connection, hooks: hooks).writeIfLive(batches)
    }
    return Writing(slice: slice, isDone: { pending.isDone }) { [time] in
      let start = MonotonicTime.now()
      defer { time.add(wait: MonotonicTime.now() - start) }
      return try pending.wait()
    }
  }

  /// Hears what became of a slice: the runs that have to be folded again, and those set aside.
  func finish(
    _ writing: Writing,
    _ engine: FoldEngine
  ) -> (missed: [Int64], failed: [Int64]) {
    let batches = writing.slice.batches
    do {
      let written = try writing.answer()
      var missed: [Int64] = []
      var folded: [Int64] = []
      for (batch, isWritten) in zip(batches, written) {
        if isWritten {
          engine.didWrite(batch)
          wake(run: batch.run, watermark: batch.digest.watermark)
          folded.append(batch.run)
        } else {
          engine.forget(batch.run)
          missed.append(batch.run)
        }
      }
      if !folded.isEmpty { didFold(folded) }
      if telemetry.metrics != nil { measure(batches, written) }
      return (missed, [])
    } catch {
      for batch in batches { engine.forget(batch.run) }
      // The transaction failed as a whole: one run's rows may be to blame, so each goes alone.
      if batches.count > 1 {
        let alone = batches.map { batch in
          finish(start(FoldSlice(batches: [batch]), meanwhile: false), engine)
        }
        return (alone.flatMap(\.missed), alone.flatMap(\.failed))
      }
      setAside(batches[0].run, error)
      return ([], batches.map(\.run))
    }
  }
}
