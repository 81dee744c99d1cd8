package import Events

/// An importer of a log whose values are objects, one after another, of one run at a time.
///
/// It adds to ``LogImporter`` what such importers share: reading objects off lines, and a
/// memory of JSON with a version.
package protocol LineImporter: LogImporter {
  /// The source that is read.
  var source: LogSource { get }

  /// Tells memories of other versions apart.
  static var stateVersion: Int64 { get }

  /// Reads one object.
  mutating func take(_ object: JSONObject, _ number: Int, _ sink: inout ImportedEvents)

  /// Writes the members of its memory.
  func write(to json: inout JSONWriter)

  /// Reads them back; answers whether they could be.
  mutating func restore(_ state: JSONObject) -> Bool
}

extension LineImporter {
  package static var stateVersion: Int64 { 1 }

  /// The ids of events come from the log alone: what is there again is known by them.
  package mutating func startOver() {
    self = Self(source: source)
  }

  package init(source: LogSource, decoding state: [UInt8]) throws(ImportStateError) {
    self.init(source: source)
    let isGood = state.withUnsafeBytes { bytes -> Bool in
      guard let value = try? JSONValue.parse(bytes), let object = JSONObject(value),
        object.count("version") == Self.stateVersion
      else { return false }
      return restore(object)
    }
    guard isGood else { throw ImportStateError() }
  }

  package var encodedState: [UInt8] {
    var json = JSONWriter()
    json.object { json in
      json.member("version", Self.stateVersion)
      write(to: &json)
    }
    return json.takeBytes()
  }

  package mutating func read(
    line: UnsafeRawBufferPointer,
    number: Int,
    into sink: inout ImportedEvents
  ) {
    LogLines.forEachValue(on: line, number: number, into: &sink) { value, sink in
      if value.isArray {
        // A document that lists what other logs have line by line.
        return value.forEachElement { element in
          guard let object = JSONObject(element) else {
            return sink.report(line: number, "an element of the list is no object")
          }
          take(object, number, &sink)
        }
      }
      guard let object = JSONObject(value) else {
        return sink.report(line: number, "the line is JSON, but no object")
      }
      take(object, number, &sink)
    }
  }
}

extension JSONObject {
  /// A time under a name.
  func time(_ key: StaticString) -> Timestamp? {
    self[key]?.text.flatMap { Timestamp($0) }
  }

  /// A time in milliseconds since 1970 under a name.
  func milliseconds(_ key: StaticString) -> Timestamp? {
    guard let value = self[key]?.int, value >= 0, value < 253_402_300_800_000 else { return nil }
    return Timestamp(microseconds: value * 1000)
  }
}
