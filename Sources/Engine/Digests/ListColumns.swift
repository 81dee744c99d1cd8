package import Folding

/// What lists of runs sort and filter by, as a digest says it.
package struct ListColumns: Sendable {
  /// Errors and issues.
  package let errors: Int64
  /// All tokens, those of sub-agents included.
  package let tokens: Int64
  /// See ``CostWeight``.
  package let weight: Int64
  /// The models that the run used, or else the one that it was started with, with line feeds between.
  package let models: String?
  /// Its tags, with line feeds between.
  package let tags: String?
  /// What it used by model, in compact form.
  package let usage: [UInt8]?

  package init(_ digest: Digest) {
    errors =
      digest.errors.entries.reduce(0) { $0 &+ $1.value.count }
      &+ digest.issues.entries.reduce(0) { $0 &+ $1.value.count }
    let used = digest.totals.models
    tokens = used.entries.reduce(0) { $0 &+ $1.value.own.allTokens &+ $1.value.subagent.allTokens }
    weight = CostWeight.of(used)
    let names = used.isEmpty ? [digest.model].compactMap(\.self) : used.sorted.map(\.name)
    models = NameSet.text(of: names)
    tags = NameSet.text(of: digest.tags)
    usage = used.encodedUsage()
  }
}

/// Several names as one text, with a line feed between two; one in a name is escaped.
package enum NameSet {
  /// `nil` for no names.
  package static func text(of names: [String]) -> String? {
    guard !names.isEmpty else { return nil }
    return names.map { name in
      guard name.utf8.contains(where: { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\\") })
      else { return name }
      return String(
        decoding: name.utf8.flatMap { byte -> [UInt8] in
          switch byte {
          case UInt8(ascii: "\n"): Array("\\n".utf8)
          case UInt8(ascii: "\\"): Array("\\\\".utf8)
          default: [byte]
          }
        },
        as: UTF8.self
      )
    }.joined(separator: "\n")
  }

  /// The names of a text.
  package static func names(in text: String) -> [String] {
    text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map { part in
      var bytes: [UInt8] = []
      var isEscaped = false
      for byte in part {
        if isEscaped {
          bytes.append(byte == UInt8(ascii: "n") ? UInt8(ascii: "\n") : byte)
          isEscaped = false
        } else if byte == UInt8(ascii: "\\") {
          isEscaped = true
        } else {
          bytes.append(byte)
        }
      }
      return String(decoding: bytes, as: UTF8.self)
    }
  }
}

extension TokenUsage {
  fileprivate var allTokens: Int64 { input &+ output &+ cacheRead &+ cacheWrite }
}
