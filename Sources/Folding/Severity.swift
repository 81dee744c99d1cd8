/// How bad a finding is, in ascending order.
public enum Severity: UInt8, Sendable, Hashable, Comparable, CaseIterable {
  /// Worth knowing.
  case info
  /// Worth looking at.
  case warning
  /// Something went wrong.
  case error
  /// A word of a later version; it counts as the worst.
  case other

  /// The word that JSON prints.
  public var word: String {
    switch self {
    case .info: "info"
    case .warning: "warning"
    case .error: "error"
    case .other: "other"
    }
  }

  /// The severity of a word.
  package init(word: String) { self = Self.allCases.first { $0.word == word } ?? .other }

  /// Whether `lhs` is less bad than `rhs`.
  public static func < (lhs: Severity, rhs: Severity) -> Bool { lhs.rawValue < rhs.rawValue }
}
