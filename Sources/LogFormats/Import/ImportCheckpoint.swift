/// What an import remembers of a source between two visits, as the bytes in its cursor.
///
/// The format's name and the number of lines stand before what the importer itself remembers.
struct ImportCheckpoint {
  var format: String
  /// Lines whose end was read.
  var lines: Int64
  /// Whether the importer waits for what another source will tell.
  var isUndecided: Bool
  var importer: [UInt8]

  /// Whether all runs of the source have ended since it was read.
  var isSealed = false

  private static let version: UInt8 = 2
  /// In the byte of the version, set where the importer is undecided.
  private static let undecidedBit: UInt8 = 0x80
  /// Set where all runs of the source have ended.
  private static let sealedBit: UInt8 = 0x40

  init(format: String, lines: Int64, importer: (any LogImporter)?, isSealed: Bool = false) {
    self.format = format
    self.isSealed = isSealed
    self.lines = lines
    isUndecided = importer?.isUndecided ?? false
    self.importer = importer?.encodedState ?? []
  }

  /// Reads it back; `nil` for what another version wrote.
  init?(_ bytes: [UInt8]) {
    let bits = Self.undecidedBit | Self.sealedBit
    guard bytes.count >= 10, bytes[0] & ~bits == Self.version else { return nil }
    isSealed = bytes[0] & Self.sealedBit != 0
    isUndecided = bytes[0] & Self.undecidedBit != 0
    let nameEnd = 10 + Int(bytes[9])
    guard bytes.count >= nameEnd else { return nil }
    lines = bytes[1..<9].reversed().reduce(0) { $0 << 8 | Int64($1) }
    format = String(decoding: bytes[10..<nameEnd], as: UTF8.self)
    importer = Array(bytes[nameEnd...])
  }

  var bytes: [UInt8] {
    let name = Array(format.utf8.prefix(255))
    var bytes = [
      Self.version | (isUndecided ? Self.undecidedBit : 0) | (isSealed ? Self.sealedBit : 0)
    ]
    for place in 0..<8 { bytes.append(UInt8(truncatingIfNeeded: lines >> (8 * place))) }
    bytes.append(UInt8(name.count))
    return bytes + name + importer
  }
}
