/// A struct of nothing but `Int64` fields, which is compared, added, subtracted and stored field by field, each
/// in one loop.
///
/// A test holds the conforming types to the layout.
protocol CounterFields: Hashable {
  /// All fields zero.
  init()
}

extension CounterFields {
  /// Lends the fields in the order in which they are declared.
  @inline(__always)
  func withFields<R>(_ body: (UnsafeBufferPointer<Int64>) -> R) -> R {
    withUnsafeBytes(of: self) { body($0.assumingMemoryBound(to: Int64.self)) }
  }

  /// Lends the fields to be changed.
  @inline(__always)
  mutating func withMutableFields<R>(_ body: (UnsafeMutableBufferPointer<Int64>) -> R) -> R {
    withUnsafeMutableBytes(of: &self) { body($0.assumingMemoryBound(to: Int64.self)) }
  }

  @inline(__always)
  private mutating func combine(_ other: Self, _ combine: (inout Int64, Int64) -> Void) {
    withMutableFields { fields in
      other.withFields { others in
        for index in fields.indices { combine(&fields[index], others[index]) }
      }
    }
  }

  static func += (lhs: inout Self, rhs: Self) { lhs.combine(rhs) { $0 &+= $1 } }

  static func -= (lhs: inout Self, rhs: Self) { lhs.combine(rhs) { $0 &-= $1 } }

  /// Whether all fields are zero.
  var isZero: Bool { withFields { $0.allSatisfy { $0 == 0 } } }

  func encode(to writer: inout ByteWriter) {
    withFields { for value in $0 { writer.signed(value) } }
  }

  init(from reader: inout ByteReader) throws(ByteReader.Damaged) {
    self.init()
    for index in 0..<(MemoryLayout<Self>.size / MemoryLayout<Int64>.size) {
      let value = try reader.signed()
      withMutableFields { $0[index] = value }
    }
  }
}
