extension JSONValue {
  /// The value of a member of an object, the last one of that name; `nil` where there is none,
  /// and for `null`.
  package subscript(_ key: StaticString) -> JSONValue? {
    var found: Range<Int>?
    visitMembers { member, text in
      if JSONValue.matches(UnsafeRawBufferPointer(rebasing: text[member.key]), key) {
        found = member.value
      }
    }
    guard let found else { return nil }
    let value = JSONValue(validated: UnsafeRawBufferPointer(rebasing: raw[found]))
    return value.isNull ? nil : value
  }

  /// Shows the members of an object, in their order; of anything else, nothing.
  ///
  /// The bytes of a name, its escapes undone, are valid until `body` returns.
  package func forEachMember(
    _ body: (_ name: UnsafeRawBufferPointer, _ value: JSONValue) -> Void
  ) {
    visitMembers { member, text in
      let name = UnsafeRawBufferPointer(rebasing: text[member.key])
      let value = JSONValue(validated: UnsafeRawBufferPointer(rebasing: text[member.value]))
      guard member.keyHasEscape else { return body(name, value) }
      withUnsafeTemporaryAllocation(of: UInt8.self, capacity: name.count) { buffer in
        guard let start = buffer.baseAddress else { return }
        let length = JSONString.unescape(name, into: start)
        body(UnsafeRawBufferPointer(start: start, count: length), value)
      }
    }
  }

  /// Shows the elements of an array, in their order; of anything else, nothing.
  package func forEachElement(_ body: (JSONValue) -> Void) {
    guard isArray, let start = raw.baseAddress else { return }
    let text = raw
    var scanner = JSONScanner(
      base: start.assumingMemoryBound(to: UInt8.self),
      count: text.count
    )
    _ = scanner.array(0, level: 1) { element in
      body(JSONValue(validated: UnsafeRawBufferPointer(rebasing: text[element])))
    }
  }

  @inline(__always)
  func visitMembers(_ visit: (JSONMember, UnsafeRawBufferPointer) -> Void) {
    guard isObject, let start = raw.baseAddress else { return }
    let text = raw
    var scanner = JSONScanner(
      base: start.assumingMemoryBound(to: UInt8.self),
      count: text.count
    )
    _ = scanner.object(0, level: 1) { visit($0, text) }
  }

  /// Whether the bytes between two quotes stand for `text`.
  @inline(__always)
  static func matches(_ body: UnsafeRawBufferPointer, _ text: StaticString) -> Bool {
    let count = text.utf8CodeUnitCount
    if body.count == count {
      var i = 0
      while i < count && body[i] == text.utf8Start[i] && body[i] != 0x5C { i &+= 1 }
      if i == count { return true }
    }
    guard body.count > count, body.count <= count &* 6, body.contains(0x5C) else { return false }
    return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: body.count) { buffer in
      guard let start = buffer.baseAddress else { return false }
      let length = JSONString.unescape(body, into: start)
      return length == count && (0..<count).allSatisfy { start[$0] == text.utf8Start[$0] }
    }
  }
}
