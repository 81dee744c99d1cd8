/// A name as digests keep it: at most 200 bytes of UTF-8, cut between Unicode scalars.
///
/// Kept as bytes beside their hash, because the fold compares names with slices of payloads far
/// more often than anyone prints them.
public struct Name: Sendable {
  let bytes: [UInt8]
  let hash: UInt64

  /// The longest name in bytes.
  public static let bytesMax = 200

  /// The name under which a bounded map sums what exceeds its bound.
  static let other = Name("(other)")
  static let unknown = Name("(unknown)")
  static let unnamed = Name("(unnamed)")
  static let none = Name("(none)")

  /// Makes a name, cutting what is too long.
  public init(_ text: String) {
    var text = text
    self = text.withUTF8 { Name(NameBytes(UnsafeRawBufferPointer($0))) }
  }

  init(_ name: NameBytes) {
    bytes = [UInt8](name.bytes)
    hash = name.hash
  }

  /// The longest prefix of valid UTF-8 that has at most `limit` bytes and ends between scalars.
  static func cut(_ whole: UnsafeRawBufferPointer, to limit: Int) -> UnsafeRawBufferPointer {
    guard whole.count > limit else { return whole }
    var length = limit
    while length > 0, whole[length] & 0xC0 == 0x80 { length -= 1 }
    return UnsafeRawBufferPointer(rebasing: whole[0..<length])
  }

  /// As ``cut(_:to:)``, of a string.
  static func cut(_ text: String, to limit: Int) -> String {
    guard text.utf8.count > limit else { return text }
    var text = text
    return text.withUTF8 {
      String(decoding: cut(UnsafeRawBufferPointer($0), to: limit), as: UTF8.self)
    }
  }

  /// The name as text.
  public var text: String { String(decoding: bytes, as: UTF8.self) }
}

extension Name: Hashable {
  /// Whether both are the same bytes.
  public static func == (lhs: Name, rhs: Name) -> Bool {
    lhs.hash == rhs.hash && lhs.bytes == rhs.bytes
  }

  /// Feeds the name's own hash to the hasher.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(hash)
  }
}

/// A name in bytes of a payload: cut and hashed, not copied.
struct NameBytes {
  let bytes: UnsafeRawBufferPointer
  let hash: UInt64

  /// Cuts valid UTF-8 at 200 bytes between scalars and hashes what is left.
  init(_ whole: UnsafeRawBufferPointer) {
    bytes = Name.cut(whole, to: Name.bytesMax)
    hash = Self.hash(of: bytes)
  }

  func matches(_ name: Name) -> Bool {
    guard hash == name.hash, bytes.count == name.bytes.count else { return false }
    return name.bytes.withUnsafeBytes { $0.elementsEqual(bytes) }
  }

  /// A 64-bit hash that is the same in every process: eight bytes a step, mixed by multiplication.
  static func hash(
    of bytes: UnsafeRawBufferPointer,
    seed: UInt64 = 0x9E37_79B9_7F4A_7C15
  ) -> UInt64 {
    var hash = seed ^ UInt64(bytes.count)
    var offset = 0
    while offset + 8 <= bytes.count {
      hash = mix(hash ^ bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
      offset += 8
    }
    var tail: UInt64 = 0
    while offset < bytes.count {
      tail = tail << 8 | UInt64(bytes[offset])
      offset += 1
    }
    return mix(hash ^ tail)
  }

  private static func mix(_ value: UInt64) -> UInt64 {
    let product = value.multipliedFullWidth(by: 0xD6E8_FEB8_6659_FD93)
    return product.high ^ product.low ^ (value >> 32)
  }
}
