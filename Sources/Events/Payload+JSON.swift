extension Payload {
  /// Checks JSON text and keeps it byte for byte, white space and all.
  ///
  /// - Throws: ``JSONError`` if it is not one JSON value in UTF-8.
  public init(validating bytes: [UInt8]) throws(JSONError) {
    let problem = bytes.withUnsafeBytes { text -> JSONError? in
      do throws(JSONError) {
        _ = try JSONValue.parse(text)
        return nil
      } catch {
        return error
      }
    }
    if let problem { throw problem }
    self.init(unchecked: bytes)
  }

  /// Checks JSON text and keeps it as it stands.
  ///
  /// - Throws: ``JSONError`` if it is not one JSON value.
  public init(json: String) throws(JSONError) {
    try self.init(validating: Array(json.utf8))
  }

  /// Writes down what the literals say.
  public init(_ literal: JSONLiteral) {
    var json = JSONWriter()
    json.element(literal)
    self.init(unchecked: json.takeBytes())
  }

  /// Writes an object with the members that `body` adds.
  package static func object(_ body: (inout JSONWriter) -> Void) -> Payload {
    var json = JSONWriter()
    json.object(body)
    return Payload(unchecked: json.takeBytes())
  }

  /// The JSON text.
  public var json: String { String(decoding: bytes, as: UTF8.self) }
}

extension Payload: ExpressibleByDictionaryLiteral {
  /// Makes an object, for example `["tool_use_id": "c1", "is_error": false]`.
  public init(dictionaryLiteral elements: (String, JSONLiteral)...) {
    self.init(.object(elements.map { JSONLiteral.Member($0.0, $0.1) }))
  }
}
