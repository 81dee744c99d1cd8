/// An object read once, for many questions: where each of its members stands.
///
/// Like ``JSONValue`` it points into the text that it was read from.
package struct JSONObject {
  private struct Entry {
    var key: UnsafeRawBufferPointer
    var value: JSONValue
  }

  private var entries: [Entry] = []

  /// The object as it stands.
  package let raw: UnsafeRawBufferPointer

  /// Reads an object of a text that was found valid; `nil` where the value is none.
  package init?(_ value: JSONValue?) {
    guard let value, value.isObject else { return nil }
    raw = value.raw
    entries.reserveCapacity(16)
    value.visitMembers { member, text in
      entries.append(
        Entry(
          key: UnsafeRawBufferPointer(rebasing: text[member.key]),
          value: JSONValue(validated: UnsafeRawBufferPointer(rebasing: text[member.value]))
        )
      )
    }
  }

  /// The value of a member, the last one of that name; `nil` where there is none, and for `null`.
  package subscript(_ key: StaticString) -> JSONValue? {
    for entry in entries.reversed() where JSONValue.matches(entry.key, key) {
      return entry.value.isNull ? nil : entry.value
    }
    return nil
  }

  /// Whether there is a member of that name, be it `null`.
  package func has(_ key: StaticString) -> Bool {
    entries.contains { JSONValue.matches($0.key, key) }
  }

  /// Shows the members in their order, as they stand.
  package func forEachMember(_ body: (_ name: String, _ value: JSONValue) -> Void) {
    for entry in entries {
      body(JSONString.string(entry.key, hasEscape: entry.key.contains(0x5C)), entry.value)
    }
  }

  /// A string that is not empty.
  package func text(_ key: StaticString) -> String? { self[key]?.text }

  /// A count.
  package func count(_ key: StaticString) -> Int64? { self[key]?.count }

  /// Whether the value is `true`.
  package func isTrue(_ key: StaticString) -> Bool { self[key]?.bool == true }

  /// An object inside this one, read once in its turn.
  package func object(_ key: StaticString) -> JSONObject? { JSONObject(self[key]) }
}
