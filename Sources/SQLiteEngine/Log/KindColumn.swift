internal import Engine
internal import Events
internal import Storage

/// The column `events.kind`: the code of a known kind as an integer, any other kind as text.
///
/// A kind is what its name says, however it is stored.
struct KindColumn: SQLValue {
  private let kind: EventKind
  private let known: KnownKind?

  /// `known` is what the caller found the kind to be.
  init(_ kind: EventKind, known: KnownKind?) {
    self.kind = kind
    self.known = known
  }

  func bind(to statement: Statement, at index: Int32) throws {
    if let known {
      try statement.bind(known.code, at: index)
    } else {
      try statement.bind(kind.rawValue, at: index)
    }
  }
}

extension RowReader {
  /// The next column, a kind: its code's kind if it is stored by that, and its name, which is valid
  /// until the next step or reset.
  ///
  /// - Throws: ``StoreError`` `corrupt` for a number that stands for no kind.
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
