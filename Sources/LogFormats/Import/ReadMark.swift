internal import RunDigest

/// What a follower keeps of a file between two visits: a file that grows by a line at a time is
/// not read again from its beginning each time only to see that it is the same file.
///
/// It holds while the file is the same one, as long as before at least, and has the same bytes
/// before the place that was read to. A log that was written anew in place has others there.
struct ReadMark {
  private let identity: FileIdentity
  private let offset: Int64
  private let hash: PrefixHash
  private let tail: UInt64

  private static let tailBytes = 4096

  init?(_ file: SourceFile, offset: Int64, hash: PrefixHash) {
    guard offset > 0, let opened = file.opened, let tail = Self.tail(file, offset) else {
      return nil
    }
    identity = opened.file
    self.offset = offset
    self.hash = hash
    self.tail = tail
  }

  /// Goes to where a cursor has read to; `nil` where it is not known to be the same file still.
  func goOn(in file: SourceFile, from cursor: ImportCursor) throws(SourceProblem) -> PrefixHash? {
    guard file.opened?.file == identity, cursor.offset == offset, cursor.prefixHash == hash.value,
      Self.tail(file, offset) == tail
    else { return nil }
    try file.seek(to: offset)
    return hash
  }

  private static func tail(_ file: SourceFile, _ offset: Int64) -> UInt64? {
    guard let bytes = file.tail(before: offset, count: tailBytes) else { return nil }
    var hash = PrefixHash()
    bytes.withUnsafeBytes { hash.update($0) }
    return hash.value.reduce(0) { $0 << 8 | UInt64($1) }
  }
}
