internal import Events

/// What a source is by its first bytes, where it is no log.
enum SourceKind {
  /// Refuses what can't be a log, whatever follows.
  static func check(_ head: [UInt8], shown: String, isAtEnd: Bool) throws(SourceProblem) {
    // Files are unpacked as they are read: this is a pipe, or packed once more.
    if let packing = Packing(head) {
      let command = packing.arguments.joined(separator: " ")
      throw SourceProblem(
        .compressed,
        "\(shown) holds a \(packing) file; pass it through \(packing.program) first (\(command))"
      )
    }
    let isBlank = head.allSatisfy { [0x00, 0x20, 0x09, 0x0A, 0x0D, 0xEF, 0xBB, 0xBF].contains($0) }
    if isAtEnd, isBlank {
      throw SourceProblem(.empty, "\(shown) is empty; there is nothing to import")
    }
  }

  /// Why the content of a source has no format.
  static func unknown(_ head: [UInt8], shown: String) -> SourceProblem {
    let names = LogFormat.all.map(\.name).joined(separator: ", ")
    let start = head.prefix(4096)
    if start.starts(with: [0xFF, 0xFE]) || start.starts(with: [0xFE, 0xFF]) {
      return SourceProblem(.binary, "\(shown) is text in UTF-16, not a log; name another file")
    }
    let odd = start.count { $0 < 0x20 && ![0x00, 0x09, 0x0A, 0x0D, 0x1B].contains($0) }
    if start.first == 0 || odd > start.count / 50
      || String(validating: start, as: UTF8.self) == nil
        && !start.contains(0x7B)
    {
      return SourceProblem(.binary, "\(shown) is a binary file, not a log; name another file")
    }
    if let (format, companion) = LogFormat.companion(named: shown) {
      return SourceProblem(
        .unknownFormat,
        "\(shown) is not a log: it lies beside those of \(format.about.title) and holds "
          + companion.content
      )
    }
    return SourceProblem(
      .unknownFormat,
      "\(shown) is not a log of a known format; name one with --format (\(names))"
    )
  }
}
