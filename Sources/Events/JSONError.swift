/// Says that bytes are not JSON, and where they stop being it.
public struct JSONError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The offset of the first byte that can't stand where it stands.
  public let offset: Int

  /// Whether the text is fine as far as it goes, but breaks off before its end.
  public let isTruncated: Bool

  package init(offset: Int, isTruncated: Bool) {
    self.offset = offset
    self.isTruncated = isTruncated
  }

  /// One sentence for people.
  public var description: String {
    isTruncated
      ? "the JSON breaks off at byte \(offset)"
      : "this is not JSON from byte \(offset) on"
  }
}
