package import Engine

/// What one transaction writes: folded batches of different runs.
package struct FoldSlice {
  package var batches: [PreparedFold] = []
  package var events = 0
  /// The runs whose tail goes on.
  package var cut: [RunRowID] = []

  package mutating func add(_ batch: PreparedFold, events: Int, isCut: Bool) {
    batches.append(batch)
    self.events += events
    if isCut { cut.append(batch.key.run) }
  }
}
