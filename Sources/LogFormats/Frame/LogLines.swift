package import Events
internal import Glibc

/// Cuts logs into lines, and lines into the JSON values that are on them.
///
/// Real logs are torn where a process died. What there is, and what becomes of it:
/// - a byte order mark at the start of a file, CRLF, empty lines: not seen by an importer;
/// - NUL bytes, which file systems leave in the place of what was never written: not seen
///   either, neither as a tail of the file nor around a line;
/// - a last line without its end that is whole: a line; one that breaks off: waited for;
/// - several values on one line, where a line end was lost: read one after another;
/// - a whole record behind one that breaks off, on the same line: the torn one is reported, the whole
///   one read;
/// - a line that begins with `#`: a comment;
/// - a log that is one JSON document over many lines, which some agents write anew each time:
///   one line, as soon as all of it is there;
/// - a line that is too long to be held: read without the ends of its longest strings, or not at
///   all, as ``LongLine`` says.
package enum LogLines {
  /// Shows the lines of a part of a log that begins at a line's start.
  ///
  /// - Parameters:
  ///   - text: the bytes.
  ///   - isStart: whether they are the first of the log.
  ///   - isEnd: whether there is nothing after them now.
  ///   - limit: how many lines to show at most.
  ///   - body: takes a line without its end, and the offset behind that end.
  /// - Returns: how many bytes are done with: the next part begins there.
  package static func split(
    _ text: UnsafeRawBufferPointer,
    isStart: Bool = true,
    isEnd: Bool = true,
    limit: Int = .max,
    _ body: (_ line: UnsafeRawBufferPointer, _ end: Int) -> Void
  ) -> Int {
    var start = isStart && text.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
    if isStart {
      let rest = UnsafeRawBufferPointer(rebasing: text[start...])
      switch document(rest) {
      case .none: break
      case .unfinished: return 0
      case .whole(let text, let length):
        body(text, start + length)
        start += length
      }
    }
    var left = limit
    while start < text.count, left > 0 {
      left -= 1
      let rest = UnsafeRawBufferPointer(rebasing: text[start...])
      guard let length = lineEnd(in: rest) else {
        guard isEnd, isWhole(trimmed(rest)) else { return start }
        body(trimmed(rest), text.count)
        return text.count
      }
      body(trimmed(UnsafeRawBufferPointer(rebasing: rest[..<length])), start + length + 1)
      start += length + 1
    }
    return start
  }

  /// Shows the JSON values of a line; what can't be read of it is reported.
  package static func forEachValue(
    on line: UnsafeRawBufferPointer,
    number: Int,
    into sink: inout ImportedEvents,
    _ body: (JSONValue, inout ImportedEvents) -> Void
  ) {
    var rest = line
    // A comment, as people write them into logs that they keep: no JSON begins so.
    if rest.first == 0x23 { return }
    while rest.count > 0 {
      do throws(JSONError) {
        let (value, end) = try JSONValue.parsePrefix(rest)
        body(value, &sink)
        rest = UnsafeRawBufferPointer(rebasing: rest[end...])
      } catch {
        let start = line.count - rest.count
        if case .whole(let next) = after(rest, error) {
          let problem = JSONError(offset: start + next, isTruncated: true)
          sink.report(line: number, problem.description + "; what begins there is read")
          rest = UnsafeRawBufferPointer(rebasing: rest[next...])
          continue
        }
        let problem = JSONError(offset: start + error.offset, isTruncated: error.isTruncated)
        sink.report(line: number, problem.description)
        return
      }
    }
  }

  /// Shows the objects of a line, and those in its lists; what is none is reported.
  package static func forEachObject(
    on line: UnsafeRawBufferPointer,
    number: Int,
    into sink: inout ImportedEvents,
    _ body: (JSONObject, inout ImportedEvents) -> Void
  ) {
    forEachValue(on: line, number: number, into: &sink) { value, sink in
      if value.isArray {
        // A document that lists what other logs have line by line.
        return value.forEachElement { element in
          guard let object = JSONObject(element) else {
            return sink.report(line: number, "an element of the list is not an object")
          }
          body(object, &sink)
        }
      }
      guard let object = JSONObject(value) else {
        return sink.report(line: number, "the line is JSON, but not an object")
      }
      body(object, &sink)
    }
  }

  /// Shows the objects at the beginning of a log, until `body` wants no more; what cannot be read is
  /// passed over.
  static func forEachObject(
    inHead head: UnsafeRawBufferPointer,
    _ body: (JSONObject) -> Bool
  ) {
    var goesOn = true
    var number = 0
    var ignored = ImportedEvents()
    _ = split(head) { line, _ in
      number += 1
      guard goesOn else { return }
      forEachObject(on: line, number: number, into: &ignored) { object, _ in
        if goesOn { goesOn = body(object) }
      }
    }
    guard number == 0, let cut = cutDocument(head) else { return }
    cut.withUnsafeBytes { text in
      guard let value = try? JSONValue.parse(text) else { return }
      if let object = JSONObject(value) { _ = body(object) }
      value.forEachElement { element in
        if goesOn, let object = JSONObject(element) { goesOn = body(object) }
      }
    }
  }

  /// Whether a last line without its end can be taken for a line.
  ///
  /// Only what breaks off waits: what is wrong in its middle will not be mended by more bytes.
  static func isWhole(_ line: UnsafeRawBufferPointer) -> Bool {
    var rest = line
    while rest.count > 0 {
      do throws(JSONError) {
        let (_, end) = try JSONValue.parsePrefix(rest)
        rest = UnsafeRawBufferPointer(rebasing: rest[end...])
      } catch {
        guard !error.isTruncated else { return false }
        switch after(rest, error) {
        case .nothing: return true
        case .torn: return false
        case .whole(let next): rest = UnsafeRawBufferPointer(rebasing: rest[next...])
        }
      }
    }
    return line.count > 0
  }

  /// Where the first line of a text ends.
  static func lineEnd(in text: UnsafeRawBufferPointer) -> Int? {
    guard let start = text.baseAddress, let end = memchr(start, 0x0A, text.count) else {
      return nil
    }
    return UnsafeRawPointer(end) - start
  }

  static func trimmed(_ line: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
    var range = 0..<line.count
    func isBlank(_ byte: UInt8) -> Bool {
      byte == 0 || byte == 0x20 || byte == 0x09 || byte == 0x0D
    }
    while let first = range.first, isBlank(line[first]) { range.removeFirst() }
    while let last = range.last, isBlank(line[last]) { range.removeLast() }
    return UnsafeRawBufferPointer(rebasing: line[range])
  }
}
