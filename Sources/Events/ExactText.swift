/// Text that equals other text only byte by byte, as the tables compare it.
///
/// Swift calls two strings equal whose letters are composed in different ways; names and ids that
/// come from outside are bytes, and those are two. Whatever stands for rows of a table is keyed by
/// this.
package struct ExactText: Hashable, Sendable {
  package let text: String

  package init(_ text: String) {
    self.text = text
  }

  package static func == (lhs: ExactText, rhs: ExactText) -> Bool {
    lhs.text.isExactly(rhs.text)
  }

  package func hash(into hasher: inout Hasher) {
    let isHashed: Void? = text.utf8.withContiguousStorageIfAvailable {
      hasher.combine(bytes: UnsafeRawBufferPointer($0))
    }
    if isHashed == nil { for byte in text.utf8 { hasher.combine(byte) } }
    hasher.combine(UInt8(0xFF))
  }
}

extension String {
  /// Whether the bytes are the same.
  package func isExactly(_ other: String) -> Bool {
    guard utf8.count == other.utf8.count else { return false }
    // Nearly all text lies in one piece; letter by letter takes several times as long.
    let isEqual = utf8.withContiguousStorageIfAvailable { own in
      other.utf8.withContiguousStorageIfAvailable { other in
        UnsafeRawBufferPointer(own).isExactly(UnsafeRawBufferPointer(other))
      }
    }
    return (isEqual ?? nil) ?? utf8.elementsEqual(other.utf8)
  }
}

extension UnsafeRawBufferPointer {
  /// Whether the bytes are the same as the others, which are as many.
  fileprivate func isExactly(_ other: UnsafeRawBufferPointer) -> Bool {
    var at = 0
    while at + 8 <= count {
      let own = loadUnaligned(fromByteOffset: at, as: UInt64.self)
      guard own == other.loadUnaligned(fromByteOffset: at, as: UInt64.self) else { return false }
      at += 8
    }
    while at < count {
      guard self[at] == other[at] else { return false }
      at += 1
    }
    return true
  }
}

extension String? {
  /// Whether both are absent, or the bytes are the same.
  package func isExactly(_ other: String?) -> Bool {
    switch (self, other) {
    case (nil, nil): true
    case (let own?, let other?): own.isExactly(other)
    default: false
    }
  }
}
