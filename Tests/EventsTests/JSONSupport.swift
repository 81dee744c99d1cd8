import Events

/// A JSON text taken apart, to compare two readers by.
indirect enum Tree: Equatable {
  case null
  case bool(Bool)
  case number(Double)
  case string(String)
  case array([Tree])
  case object([String: Tree])

  init(_ value: JSONValue) {
    switch value.kind {
    case .null: self = .null
    case .bool: self = .bool(value.bool == true)
    case .number: self = .number(value.double ?? .infinity)
    case .string: self = .string(value.string ?? "")
    case .array:
      var elements: [Tree] = []
      value.forEachElement { elements.append(Tree($0)) }
      self = .array(elements)
    case .object:
      var members: [String: Tree] = [:]
      value.forEachMember { members[String(decoding: $0, as: UTF8.self)] = Tree($1) }
      self = .object(members)
    }
  }
}

/// Where the text stops being JSON; `nil` if it is JSON.
func jsonProblem(_ text: [UInt8]) -> JSONError? {
  text.withUnsafeBytes { bytes in
    do throws(JSONError) {
      _ = try JSONValue.parse(bytes)
      return nil
    } catch {
      return error
    }
  }
}

/// The tree of a text; `nil` if it is not JSON.
func tree(_ text: [UInt8]) -> Tree? {
  text.withUnsafeBytes { bytes in
    do throws(JSONError) {
      return Tree(try JSONValue.parse(bytes))
    } catch {
      return nil
    }
  }
}

/// Scans a payload and reads it while its bytes stand still.
func scanned<R>(_ json: String, _ read: (borrowing PayloadFields) -> R) -> R {
  scanned(Array(json.utf8), read)
}

func scanned<R>(_ json: [UInt8], _ read: (borrowing PayloadFields) -> R) -> R {
  var fields = PayloadFields()
  return json.withUnsafeBytes { bytes in
    fields.scan(bytes)
    return read(fields)
  }
}

extension PayloadFields {
  /// A string for comparing.
  func text(_ key: PayloadKey) -> String? {
    string(key).map { String(decoding: $0, as: UTF8.self) }
  }
}
