/// A run that joins or leaves an outcome: sealed, judged again, or resumed.
package struct OutcomeMove: Sendable, Hashable {
  /// The bucket of the event that sealed the run.
  package var bucket: Int64
  package var status: Outcome.Status
  /// 1 or -1.
  package var runs: Int64
}
