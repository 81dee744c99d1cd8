internal import Events

/// A figure that is stored otherwise than the log says.
public struct Difference: Sendable, Hashable, CustomStringConvertible {
  /// The run, session or window that it is about.
  public let subject: String
  /// The table and the field.
  public let field: String
  /// What is stored, as JSON.
  public let stored: String
  /// What a fold of the log from its start gives, as JSON.
  public let expected: String

  /// One line.
  public var description: String {
    "\(subject): \(field) is \(stored), the log says \(expected)"
  }

  /// Compares two JSON texts leaf by leaf.
  package static func between(
    stored: [UInt8],
    expected: [UInt8],
    subject: String,
    field: String
  ) -> [Difference] {
    let stored = leaves(of: stored)
    let expected = leaves(of: expected)
    return Set(stored.keys).union(expected.keys).sorted().compactMap { path in
      let (old, new) = (stored[path] ?? "absent", expected[path] ?? "absent")
      guard old != new else { return nil }
      return Difference(subject: subject, field: field + path, stored: old, expected: new)
    }
  }

  /// The values of a JSON text by their paths.
  private static func leaves(of text: [UInt8]) -> [String: String] {
    text.withUnsafeBytes { bytes in
      var leaves: [String: String] = [:]
      guard let value = try? JSONValue.parse(bytes) else { return ["": "unreadable"] }
      collect(value, "", &leaves)
      return leaves
    }
  }

  private static func collect(
    _ value: JSONValue,
    _ path: String,
    _ leaves: inout [String: String]
  ) {
    switch value.kind {
    case .object:
      value.forEachMember { name, member in
        collect(member, path + "." + String(decoding: name, as: UTF8.self), &leaves)
      }
    case .array:
      var index = 0
      value.forEachElement { element in
        collect(element, path + "[\(index)]", &leaves)
        index += 1
      }
    default: leaves[path] = String(decoding: value.raw, as: UTF8.self)
    }
  }
}
