internal import Events

// A log that is one JSON document over many lines.
//
// It is handed over as one line, so that whoever reads files need not know of it: until all of
// it is there, no bytes are done with. It begins with a line that only opens something; what
// then turns out to be no JSON is read line by line, as any other damaged log.
extension LogLines {
  /// What the beginning of a log is, as a document.
  enum Document {
    /// It is a log of lines.
    case none
    /// The document goes on behind these bytes.
    case unfinished
    /// The document, and how long it is with the space after it.
    case whole(UnsafeRawBufferPointer, Int)
  }

  static func document(_ text: UnsafeRawBufferPointer) -> Document {
    guard opensDocument(text) else { return .none }
    do throws(JSONError) {
      let (value, end) = try JSONValue.parsePrefix(text)
      return .whole(value.raw, end)
    } catch {
      return error.isTruncated ? .unfinished : .none
    }
  }

  /// Whether a log is one JSON document over many lines, whole or not.
  package static func isDocument(_ text: UnsafeRawBufferPointer) -> Bool {
    if case .none = document(text) { false } else { true }
  }

  /// Whether a log is a document that is not all there.
  static func isUnfinishedDocument(_ text: UnsafeRawBufferPointer) -> Bool {
    if case .unfinished = document(text) { true } else { false }
  }

  /// The members or elements of an unfinished document that are complete, as a document.
  static func cutDocument(_ text: UnsafeRawBufferPointer) -> [UInt8]? {
    let bom: [UInt8] = [0xEF, 0xBB, 0xBF]
    let text = UnsafeRawBufferPointer(rebasing: text[(text.starts(with: bom) ? 3 : 0)...])
    guard opensDocument(text), let first = text.firstIndex(where: { $0 > 0x20 }) else { return nil }
    var depth = 0
    var isInString = false
    var isEscaped = false
    var end: Int?
    for i in first..<text.count {
      let byte = text[i]
      if isInString {
        if isEscaped {
          isEscaped = false
        } else if byte == 0x5C {
          isEscaped = true
        } else if byte == 0x22 {
          isInString = false
        }
        continue
      }
      switch byte {
      case 0x22: isInString = true
      case 0x7B, 0x5B: depth += 1
      case 0x7D, 0x5D: depth -= 1
      case 0x2C where depth == 1: end = i
      default: break
      }
    }
    guard let end else { return nil }
    return text[first..<end] + [text[first] == 0x7B ? 0x7D : 0x5D]
  }

  /// Whether the first line opens a document without being one value itself.
  private static func opensDocument(_ text: UnsafeRawBufferPointer) -> Bool {
    guard let length = lineEnd(in: text) else { return false }
    let line = trimmed(UnsafeRawBufferPointer(rebasing: text[..<length]))
    guard let first = line.first, first == 0x7B || first == 0x5B, let last = line.last else {
      return false
    }
    guard line.count > 1 else { return true }
    guard last == 0x7B || last == 0x5B || last == 0x2C else { return false }
    do throws(JSONError) {
      _ = try JSONValue.parse(line)
      return false
    } catch {
      return error.isTruncated
    }
  }
}
