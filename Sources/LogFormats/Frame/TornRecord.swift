internal import Events

// A record that breaks off, with the next one behind it on the same line: its program died in the
// middle of a write, and another one went on without a new line.
//
// Where the next record begins follows from where the JSON stops being JSON: at its first byte, or
// two bytes later if a string was torn, which its first quote then ends. If the tear lies before a
// value, the next record reads as that value: it is the object that ends last.
extension LogLines {
  /// What stands behind a torn record.
  enum AfterTear {
    /// No record.
    case nothing
    /// A record that breaks off itself.
    case torn
    /// A whole record, which begins at this offset.
    case whole(Int)
  }

  /// Looks behind a record that could not be read.
  ///
  /// Behind it there may be another torn one: `tears` is how many are looked behind.
  static func after(
    _ torn: UnsafeRawBufferPointer,
    _ error: JSONError,
    tears: Int = 4
  ) -> AfterTear {
    guard torn.first == 0x7B else { return .nothing }
    let end = error.isTruncated ? torn.count : error.offset
    if let start = recordInPlaceOfValue(UnsafeRawBufferPointer(rebasing: torn[..<end])) {
      return .whole(start)
    }
    guard !error.isTruncated else { return .nothing }
    for start in [end - 2, end]
    where start > 0 && start + 1 < torn.count && torn[start] == 0x7B && torn[start + 1] == 0x22 {
      let rest = UnsafeRawBufferPointer(rebasing: torn[start...])
      do throws(JSONError) {
        let (_, length) = try JSONValue.parsePrefix(rest)
        if length == rest.count || rest[length] == 0x7B { return .whole(start) }
      } catch {
        if error.isTruncated { return .torn }
        guard tears > 1 else { continue }
        switch after(rest, error, tears: tears - 1) {
        case .nothing: continue
        case .torn: return .torn
        case .whole: return .whole(start)
        }
      }
    }
    return .nothing
  }

  /// Where a record begins that reads as a value of the torn one.
  ///
  /// A record that merely breaks off ends in an object of its own just as well. That one has other
  /// members: a record begins with the member that the torn one begins with, and has its next ones.
  private static func recordInPlaceOfValue(_ torn: UnsafeRawBufferPointer) -> Int? {
    var keys: [Range<Int>] = []
    guard let start = lastObject(in: torn, keys: &keys), start > 0, keys.count >= 2,
      let value = try? JSONValue.parse(UnsafeRawBufferPointer(rebasing: torn[start...]))
    else { return nil }
    var own: [[UInt8]] = []
    value.forEachMember { name, _ in own.append(Array(name)) }
    let names = keys.prefix(3).map { Array(torn[$0]) }
    return own.first == names[0] && names.allSatisfy(own.contains) ? start : nil
  }

  /// Where the object begins that ends with the text; `keys` are the names of the outermost members
  /// before it.
  private static func lastObject(
    in text: UnsafeRawBufferPointer,
    keys: inout [Range<Int>]
  ) -> Int? {
    var open: [Int] = []
    var closed: Int?
    var string: Range<Int>?
    var i = 0
    while i < text.count {
      switch text[i] {
      case 0x22:
        let start = i + 1
        i = start
        while i < text.count, text[i] != 0x22 { i += text[i] == 0x5C ? 2 : 1 }
        guard i < text.count else { return nil }
        string = start..<i
        closed = nil
      case 0x7B, 0x5B:
        open.append(i)
        closed = nil
      case 0x7D, 0x5D:
        closed = open.popLast()
        if open.isEmpty { return nil }
      case 0x3A:
        if open.count == 1, let string { keys.append(string) }
        closed = nil
      case 0x20, 0x09:
        break
      default:
        closed = nil
      }
      i += 1
    }
    guard let closed, text[closed] == 0x7B else { return nil }
    return closed
  }
}
