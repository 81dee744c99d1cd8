/// What one transaction writes: folded batches of different runs.
struct FoldSlice {
  var batches: [PreparedFold] = []
  var events = 0
  /// The runs whose tail goes on.
  var cut: [Int64] = []

  var runs: [Int64] { batches.map(\.run) }

  mutating func add(_ batch: PreparedFold, events: Int, isCut: Bool) {
    batches.append(batch)
    self.events += events
    if isCut { cut.append(batch.run) }
  }

  mutating func remove(_ runs: [Int64]) {
    guard !runs.isEmpty else { return }
    batches.removeAll { runs.contains($0.run) }
    cut.removeAll(where: runs.contains)
  }
}
