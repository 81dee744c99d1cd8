internal import Storage

extension RunReader {
  /// Compares everything derived from the log with a fold of the log from its start, as
  /// ``RunStore/verify(_:)`` does, and without a writer.
  public func verify(_ run: RunKey? = nil) throws -> Verification {
    try read { reads in
      var verifier = Verifier(connection: reads.connection, version: reads.version)
      if let run {
        try verifier.verify(try Self.require(run.name, reads))
      } else {
        try verifier.verifyAll()
      }
      return verifier.result
    }
  }
}
