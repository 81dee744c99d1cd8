/// The body of an event: JSON text, kept byte for byte.
///
/// A payload is always valid JSON. One that is not an object, or is nested deeper than
/// 128 levels, is kept too, and folds as `{}`.
public struct Payload: Sendable, Hashable {
  /// The JSON text in UTF-8.
  public let bytes: [UInt8]

  /// Wraps text that the caller knows to be valid JSON, such as a slice of a validated line.
  package init(unchecked bytes: [UInt8]) {
    self.bytes = bytes
  }

  /// The empty object.
  public static let empty = Payload(unchecked: [0x7B, 0x7D])
}
