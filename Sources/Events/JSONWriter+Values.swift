/// What ``JSONWriter`` can write as one value.
package protocol JSONWritable {
  /// Writes exactly one value.
  func write(to json: inout JSONWriter)
}

extension JSONWriter {
  /// Writes a member; `nil` becomes `null`.
  package mutating func member(_ key: String, _ value: some JSONWritable) {
    self.key(key)
    value.write(to: &self)
  }

  /// Writes a member where there is a value, nothing at all where there is none.
  package mutating func member(_ key: String, ifPresent value: (some JSONWritable)?) {
    guard let value else { return }
    member(key, value)
  }

  /// Writes an element of an array, or the whole text.
  package mutating func element(_ value: some JSONWritable) {
    value.write(to: &self)
  }

  /// Writes `null`.
  package mutating func null() {
    value { $0.append(contentsOf: [0x6E, 0x75, 0x6C, 0x6C]) }
  }

  /// Writes a member that is `null`.
  package mutating func null(_ key: String) {
    self.key(key)
    null()
  }

  /// Writes a member that is valid JSON already, as it stands.
  package mutating func raw(_ key: String, _ json: some Collection<UInt8>) {
    self.key(key)
    raw(json)
  }

  /// Writes a value that is valid JSON already, as it stands.
  package mutating func raw(_ json: some Collection<UInt8>) {
    value { $0.append(contentsOf: json) }
  }

  /// Writes a member in dollars from whole nano-dollars, `30000000` as `0.03`.
  package mutating func money(_ key: String, _ nanodollars: Int64?) {
    self.key(key)
    money(nanodollars)
  }

  /// Writes dollars from whole nano-dollars: the shortest decimal, never with an exponent.
  package mutating func money(_ nanodollars: Int64?) {
    guard let nanodollars else { return null() }
    value { bytes in
      if nanodollars < 0 { bytes.append(0x2D) }
      let (dollars, rest) = nanodollars.magnitude.quotientAndRemainder(dividingBy: 1_000_000_000)
      Self.append(dollars, to: &bytes)
      guard rest > 0 else { return }
      bytes.append(0x2E)
      var place: UInt64 = 100_000_000
      var left = rest
      while left > 0 {
        bytes.append(UInt8(0x30 + left / place))
        left %= place
        place /= 10
      }
    }
  }

  /// Writes an integer.
  package mutating func integer(_ integer: Int64) {
    value { bytes in
      if integer < 0 { bytes.append(0x2D) }
      Self.append(integer.magnitude, to: &bytes)
    }
  }

  private static func append(_ magnitude: UInt64, to bytes: inout [UInt8]) {
    let start = bytes.count
    var rest = magnitude
    repeat {
      bytes.append(UInt8(0x30 + rest % 10))
      rest /= 10
    } while rest > 0
    bytes[start...].reverse()
  }
}

extension String: JSONWritable {
  package func write(to json: inout JSONWriter) { json.string(self) }
}

extension Int64: JSONWritable {
  package func write(to json: inout JSONWriter) { json.integer(self) }
}

extension Int: JSONWritable {
  package func write(to json: inout JSONWriter) { json.integer(Int64(self)) }
}

extension Bool: JSONWritable {
  package func write(to json: inout JSONWriter) {
    json.value { $0.append(contentsOf: (self ? "true" : "false").utf8) }
  }
}

extension Double: JSONWritable {
  /// The shortest decimal that reads back as the same; `null` where JSON has no number for it.
  package func write(to json: inout JSONWriter) {
    guard isFinite else { return json.null() }
    // Swift writes `1.0`; JSON people write `1`.
    let text = description
    json.raw((text.hasSuffix(".0") ? String(text.dropLast(2)) : text).utf8)
  }
}

extension Timestamp: JSONWritable {
  /// RFC 3339 to the millisecond.
  package func write(to json: inout JSONWriter) { json.time(self, .milliseconds) }
}

extension RunID: JSONWritable {
  package func write(to json: inout JSONWriter) { json.string(rawValue) }
}

extension JSONValue: JSONWritable {
  package func write(to json: inout JSONWriter) { json.raw(raw) }
}

extension Payload: JSONWritable {
  package func write(to json: inout JSONWriter) { json.raw(bytes) }
}

extension Optional: JSONWritable where Wrapped: JSONWritable {
  package func write(to json: inout JSONWriter) {
    if let self { self.write(to: &json) } else { json.null() }
  }
}

extension Array: JSONWritable where Element: JSONWritable {
  package func write(to json: inout JSONWriter) {
    json.array { json in
      for element in self { json.element(element) }
    }
  }
}
