/// Whether a failure was reported.
public enum FindingType: UInt8, Sendable, Hashable, CaseIterable {
  /// An event reported it.
  case error
  /// No event did; it shows only in the shape of the log.
  case issue
  /// A word of a later version.
  case other

  /// The word that JSON prints.
  public var word: String {
    switch self {
    case .error: "error"
    case .issue: "issue"
    case .other: "other"
    }
  }

  /// The type of a word.
  package init(word: String) { self = Self.allCases.first { $0.word == word } ?? .other }
}
