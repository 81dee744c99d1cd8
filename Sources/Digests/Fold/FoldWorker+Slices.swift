package import Engine
internal import EventLog
internal import Folding
internal import Support
internal import Telemetry

/// What the worker folds and writes at a time.
extension FoldWorker {
  package func prepare(_ pending: inout ArraySlice<RunRowID>, _ fold: FoldBatcher) -> FoldSlice {
    var slice = FoldSlice()
    while slice.events < options.slice.events, !isOutOfTime, let run = pending.popFirst() {
      do {
        let prepared = try engine.snapshot { tables in
          let generation = try tables.generationForFolding(by: hooks.foldVersion)
          fold.use(generation)
          known.note(generation)
          return try fold.prepare(run, limit: options.slice, from: tables)
        }
        if let (batch, events, isCut) = prepared {
          slice.add(batch, events: events, isCut: isCut)
        } else {
          recovered(run)
        }
      } catch {
        setAside(run, error)
      }
    }
    return slice
  }

  /// A slice on its way, and what it will be answered with: for each batch whether it was written.
  package struct Writing {
    var slice: FoldSlice
    package var answer: () throws -> [Bool]
  }

  /// Begins to write a slice: on the queue's thread where this one has other work meanwhile.
  package func start(_ slice: FoldSlice, meanwhile hasWork: Bool) -> Writing {
    let batches = slice.batches
    let asked = MonotonicTime.now()
    guard hasWork else {
      let result = Result {
        try queue.writeAndBlock(priority: .fold) { [hooks, time] tables in
          time.add(wait: MonotonicTime.now() - asked)
          return try FoldWriter(tables, hooks: hooks).writeIfLive(batches)
        }
      }
      return Writing(slice: slice, answer: result.get)
    }
    let pending = queue.startWriting(priority: .fold) { [hooks, time] tables in
      let start = MonotonicTime.now()
      defer { time.add(work: MonotonicTime.now() - start) }
      return try FoldWriter(tables, hooks: hooks).writeIfLive(batches)
    }
    return Writing(slice: slice) { [time] in
      let start = MonotonicTime.now()
      defer { time.add(wait: MonotonicTime.now() - start) }
      return try pending.wait()
    }
  }

  /// Ends the writing of a slice, and returns the runs that have to be folded again.
  package func finish(_ writing: Writing, _ fold: FoldBatcher) -> [RunRowID] {
    let batches = writing.slice.batches
    do {
      let written = try writing.answer()
      var missed: [RunRowID] = []
      var folded: [RunRowID] = []
      for (batch, isWritten) in zip(batches, written) {
        if isWritten {
          fold.didWrite(batch)
          wake(run: batch.key.run, watermark: batch.digest.watermark)
          folded.append(batch.key.run)
        } else {
          fold.forget(batch.key.run)
          missed.append(batch.key.run)
        }
      }
      if !folded.isEmpty { didFold(folded) }
      if telemetry.metrics != nil { measure(batches, written) }
      return missed
    } catch {
      for batch in batches { fold.forget(batch.key.run) }
      // The transaction failed as a whole: one run's rows may be to blame, so each goes alone.
      if batches.count > 1 {
        return batches.flatMap { batch in
          finish(start(FoldSlice(batches: [batch]), meanwhile: false), fold)
        }
      }
      setAside(batches[0].key.run, error)
      return []
    }
  }
}
