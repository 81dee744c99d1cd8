internal import Engine
package import Events
package import Storage

/// The column `events.kind`: the code of a known kind as an integer, any other kind as text.
///
/// A kind is what its name says, however it is stored.
extension Statement {
  /// Binds a kind; `known` is what the caller found it to be.
  package func bind(_ kind: EventKind, as known: KnownKind?, at index: Int32) throws {
    if let known {
      try bind(known.code, at: index)
    } else {
      try bind(kind.rawValue, at: index)
    }
  }

  /// The bytes of a kind's name, valid until the next step or reset.
  ///
  /// - Throws: ``StoreError`` `corrupt` for a number that stands for no kind.
  package func kindBytes(at column: Int32) throws -> UnsafeRawBufferPointer {
    try knownKind(at: column)?.nameBytes ?? bytes(at: column)
  }

  /// The kind that is stored by its number; `nil` for one that is stored by its name.
  ///
  /// - Throws: As ``kindBytes(at:)``.
  package func knownKind(at column: Int32) throws -> KnownKind? {
    guard isInteger(at: column) else { return nil }
    let code = int64(at: column)
    guard let known = KnownKind(code: code) else {
      throw StoreError(
        .corrupt,
        "an event has the kind number \(code), which stands for no kind; run digest-ctl doctor"
      )
    }
    return known
  }

  /// A kind.
  ///
  /// - Throws: As ``kindBytes(at:)``.
  package func kind(at column: Int32) throws -> EventKind {
    EventKind(rawValue: String(decoding: try kindBytes(at: column), as: UTF8.self))
  }
}

extension RowReader {
  /// The next column, a kind: its code's kind if it is stored by that, and its name.
  ///
  /// - Throws: As ``Statement/kindBytes(at:)``.
  mutating func nextKind() throws -> (known: KnownKind?, name: UnsafeRawBufferPointer) {
    guard isInteger else { return (nil, next()) }
    let code: Int64 = next()
    guard let known = KnownKind(code: code) else {
      throw StoreError(
        .corrupt,
        "an event has the kind number \(code), which stands for no kind; run digest-ctl doctor"
      )
    }
    return (known, known.nameBytes)
  }
}
