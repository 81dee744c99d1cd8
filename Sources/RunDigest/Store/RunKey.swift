internal import Events

/// The name of a run, checked once so that nothing behind it has to check again.
public struct RunKey: Sendable, Hashable, CustomStringConvertible {
  /// The name, 1 to 200 bytes of UTF-8 without control characters.
  public let name: String

  /// Checks a name.
  ///
  /// - Throws: ``StoreError`` `invalidArgument` for a name that no run can have.
  public init(_ name: String) throws {
    guard (1...200).contains(name.utf8.count) else {
      throw StoreError(
        .invalidArgument,
        "the name of a run has 1 to 200 bytes, not \(name.utf8.count)"
      )
    }
    let control = name.unicodeScalars.contains { scalar in
      scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value)
    }
    guard !control else {
      throw StoreError(
        .invalidArgument,
        "the name of a run has no control characters; remove them"
      )
    }
    self.name = name
  }

  /// The name.
  public var description: String { name }

  /// Whether both names are the same bytes: no case is folded and no Unicode form changed.
  public static func == (lhs: RunKey, rhs: RunKey) -> Bool { lhs.name.isExactly(rhs.name) }

  /// Feeds the bytes of the name to the hasher.
  public func hash(into hasher: inout Hasher) { hasher.combine(ExactText(name)) }
}
