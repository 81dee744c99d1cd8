internal import Events

/// A line of a log, or an event in one, that could not be read or was refused.
///
/// It is kept in quarantine, in the transaction that moves its source's cursor past it: what was
/// not read is not lost when the log is deleted.
package struct UnreadLine: Sendable, Hashable {
  /// The number of the line in its source, from 1.
  package var line: Int64
  /// One sentence that says why.
  package var reason: String
  /// How long the line is.
  package var size: Int64
  /// How it begins.
  package var beginning: [UInt8]
  /// Of all of it and the reason: what is read again is known by it.
  ///
  /// 0 for what is wrong with the file itself, which a later look may find mended.
  package var hash: Int64

  /// So much of a line is kept.
  package static let beginningBytesMax = 4096
  /// So many lines are kept of one source; more are only counted.
  package static let perSourceMax: Int64 = 10_000

  /// Makes one of a line's bytes, which may be fewer than the line has.
  package init(
    line: Int64,
    reason: String,
    bytes: some Collection<UInt8>,
    size: Int64? = nil
  ) {
    self.line = line
    self.reason = reason
    self.size = size ?? Int64(bytes.count)
    beginning = Array(bytes.prefix(Self.beginningBytesMax))
    hash = Int64(bitPattern: StableHash.value(bytes, seed: "\(self.size) \(reason)") | 1)
  }

  /// Makes one of what is wrong with a file behind its last line.
  package init(damage: String, behind line: Int64, bytes: some Collection<UInt8>) {
    self.init(line: line + 1, reason: damage, bytes: bytes)
    hash = 0
  }
}

/// What a batch of an import could not read.
package struct UnreadLines: Sendable {
  /// The path of the source, as its cursor has it; `-` for standard input.
  package var source: String
  package var lines: [UnreadLine]
  /// The line of each event that is stored with them, for those that are refused.
  package var linesOfEntries: [Int64]
  /// Whether the source can be damaged as a file, or be found mended now.
  package var isPacked: Bool

  package init(
    source: String,
    lines: [UnreadLine],
    linesOfEntries: [Int64],
    isPacked: Bool = false
  ) {
    self.source = source
    self.isPacked = isPacked
    self.lines = lines
    self.linesOfEntries = linesOfEntries
  }
}
