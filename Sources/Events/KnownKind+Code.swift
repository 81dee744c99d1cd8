/// What the log keeps in place of a known kind's name: a number, since names of 4 to 19 bytes
/// decide how many rows of 1 KB fit into a page.
///
/// 1. A code is never changed and never used again: logs are full of them.
/// 2. A new one is a migration too, which adds it to the table `kinds`, so that a program that does
///    not know it refuses the store.
extension KnownKind {
  /// The number that stands for this kind in the log.
  package var code: Int64 {
    switch self {
    // The most frequent ones: SQLite has no byte for 0 and 1, and one for the others.
    case .text: 0
    case .toolResult: 1
    case .toolCall: 2
    case .toolCallUpdate: 3
    case .thought: 4
    case .usage: 5
    case .input: 6
    case .turnStart: 7
    case .turnResult: 8
    case .runStarted: 9
    case .runEnded: 10
    case .runResumed: 11
    case .verdict: 12
    case .permissionRequest: 13
    case .permissionDecision: 14
    case .error: 15
    case .checkpoint: 16
    case .span: 17
    case .compaction: 18
    case .retry: 19
    case .rateLimit: 20
    case .agentCost: 21
    case .runTag: 22
    case .runNote: 23
    case .runScore: 24
    }
  }

  /// The kind of a code, `nil` for a number that is none.
  package init?(code: Int64) {
    guard Self.byCode.indices.contains(Int(clamping: code)) else { return nil }
    self = Self.byCode[Int(code)]
  }

  /// The bytes of the name, which live as long as the program.
  package var nameBytes: UnsafeRawBufferPointer { Self.names[Int(code)] }

  private static let byCode = allCases.sorted { $0.code < $1.code }

  // Made once, then only read, and never freed: who reads a code has the name without a string.
  private nonisolated(unsafe) static let names = byCode.map { kind in
    let name = UnsafeMutableRawBufferPointer.allocate(
      byteCount: kind.rawValue.utf8.count,
      alignment: 1
    )
    name.copyBytes(from: kind.rawValue.utf8)
    return UnsafeRawBufferPointer(name)
  }
}

extension EventKind {
  /// The kind that the fold knows it as.
  package var known: KnownKind? {
    var name = rawValue
    return name.withUTF8 { KnownKind(utf8: UnsafeRawBufferPointer($0)) }
  }
}
