/// What a walk through the whole log found.
package struct LogCheck: Sendable {
  /// Runs of which an event is missing, and the seq of the first that is.
  package var torn: [(run: RunReference, seq: Int64)] = []
  /// How many events no run leads to; negative if two lead to one.
  package var unlisted: Int64 = 0
  /// Whether all events are there, so that what leads to them can be made anew.
  package var isWhole = true

  package init() {}

  package var isGood: Bool { torn.isEmpty && unlisted == 0 }
}
