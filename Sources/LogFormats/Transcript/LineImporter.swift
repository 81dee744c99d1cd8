package import Events

/// An importer of a log whose values are objects, one after another, of one run at a time.
///
/// It adds to ``LogImporter`` what such importers share: reading objects off lines, and a
/// memory of JSON with a version.
package protocol LineImporter: LogImporter {
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

  package mutating func take(_ object: JSONObject, into sink: inout ImportedEvents) {
    take(object, sink.line.number, &sink)
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
