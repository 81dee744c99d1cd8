internal import FoundationEssentials

/// An importer whose memory is a value of its own, written down as it is declared.
///
/// What an importer must know of the lines before is in ``memory``; nothing has to be said of how it
/// is written. A memory that another version wrote and that does not read back is dropped: the
/// source is read from its beginning, and what is stored already is met again and skipped.
package protocol RememberingImporter: LogImporter {
  associatedtype Memory: Codable & Sendable

  /// What is remembered between two looks at a growing file.
  var memory: Memory { get set }

  /// Goes up when the meaning of a remembered value changes.
  static var memoryVersion: Int { get }
}

private struct Versioned<Memory: Codable>: Codable {
  var version: Int
  var memory: Memory
}

extension RememberingImporter {
  package static var memoryVersion: Int { 1 }

  package init(source: LogSource, decoding state: [UInt8]) throws(ImportStateError) {
    self.init(source: source)
    let bytes = Data(state)
    guard let saved = try? JSONDecoder().decode(Versioned<Memory>.self, from: bytes),
      saved.version == Self.memoryVersion
    else { throw ImportStateError() }
    memory = saved.memory
  }

  package var encodedState: [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    let saved = Versioned(version: Self.memoryVersion, memory: memory)
    // Of a memory that can't be written the source is read from its beginning.
    guard let bytes = try? encoder.encode(saved) else { return [] }
    return Array(bytes)
  }
}
