/// Which of two costs is meant: what the logs say was paid, or what the tokens cost by a list.
package enum CostMode: String, Sendable, CaseIterable {
  /// The reported cost where there is one, else the estimate.
  case auto
  /// Only what was reported.
  case reported
  /// Only what the price list says.
  case estimated
}
