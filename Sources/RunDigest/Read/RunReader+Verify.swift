extension RunReader {
  /// Compares everything derived from the log with a fold of the log from its start, as
  /// ``RunStore/verify(_:)`` does, and without a writer.
  public func verify(_ run: RunKey? = nil) throws -> Verification {
    try read { try $0.verify(run?.name) }
  }
}
