public import Digests
internal import Events

extension RunReader {
  /// Compares everything derived from the log with a fold of the log from its start, as
  /// ``RunStore/verify(_:)`` does, and without a writer.
  public func verify(_ run: RunID? = nil) throws -> Verification {
    try read { reads in
      var result = try reads.verify(run?.name)
      if run == nil { result.unread = try reads.countQuarantined().lines }
      return result
    }
  }
}

extension RunStore {
  /// Compares everything derived from the log with a fold of the log from its start.
  ///
  /// Nothing is changed. Costs a fold of the whole log, or of one run's.
  public func verify(_ run: RunID? = nil) throws -> Verification {
    try reader.verify(run)
  }
}
