/// The name of one agent run: 1 to 200 bytes of UTF-8 without control characters.
public struct RunID: RawRepresentable, Sendable, Hashable, CustomStringConvertible {
  /// Says what is wrong with the name of a run.
  public enum Problem: Error, Sendable, Hashable, CustomStringConvertible {
    /// It has no characters at all.
    case empty
    /// It has this many bytes, more than the 200 that are allowed.
    case tooLong(bytes: Int)
    /// It holds a control character, U+0000 to U+001F or U+007F to U+009F.
    case controlCharacter(Unicode.Scalar)

    /// One sentence for people.
    public var description: String {
      switch self {
      case .empty:
        "a run id can't be empty"
      case .tooLong(let bytes):
        "a run id has at most \(RunID.utf8CountMax) bytes, this one has \(bytes)"
      case .controlCharacter(let scalar):
        "a run id has no control characters, this one has U+\(RunID.codePoint(scalar))"
      }
    }
  }

  /// The most bytes that the name of a run may have.
  public static let utf8CountMax = 200

  /// The name.
  public let rawValue: String

  /// Checks a name.
  public init(_ name: String) throws(Problem) {
    if let problem = RunID.problem(in: name) { throw problem }
    rawValue = name
  }

  /// Checks a name; `nil` if it can't be a run's.
  public init?(rawValue: String) {
    guard RunID.problem(in: rawValue) == nil else { return nil }
    self.rawValue = rawValue
  }

  /// What is wrong with a name; `nil` if nothing is.
  public static func problem(in name: String) -> Problem? {
    let count = name.utf8.count
    if count == 0 { return .empty }
    if count > utf8CountMax { return .tooLong(bytes: count) }
    for scalar in name.unicodeScalars {
      if scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value) {
        return .controlCharacter(scalar)
      }
    }
    return nil
  }

  /// The name.
  public var description: String { rawValue }

  /// Whether both are the same bytes: no case is folded and no Unicode form changed.
  public static func == (lhs: RunID, rhs: RunID) -> Bool { lhs.rawValue.isExactly(rhs.rawValue) }

  /// Feeds the bytes to the hasher.
  public func hash(into hasher: inout Hasher) { hasher.combine(ExactText(rawValue)) }

  private static func codePoint(_ scalar: Unicode.Scalar) -> String {
    let digits = String(scalar.value, radix: 16, uppercase: true)
    return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
  }
}

/// A name that stands in the program's text: one that no run can have stops the program.
extension RunID: ExpressibleByStringLiteral {
  /// Takes a name that stands in the program's text.
  public init(stringLiteral name: String) {
    if let problem = RunID.problem(in: name) { preconditionFailure(problem.description) }
    rawValue = name
  }
}
