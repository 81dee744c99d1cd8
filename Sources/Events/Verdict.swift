/// What became of the task of a run: the words that `verdict` and `run.ended` have.
///
/// The list is closed, since the rules depend on it: any other word reads as no verdict.
public enum Verdict: String, Sendable, Hashable, CaseIterable {
  /// It is done.
  case done
  /// It waits for a review.
  case inReview = "in_review"
  /// It cannot go on.
  case blocked
  /// It is no longer wanted.
  case cancelled
}
