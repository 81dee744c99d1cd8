/// What an import remembers of a source between two visits, as the bytes in its cursor.
///
/// The format's name and the number of lines stand before what the importer itself remembers.
struct ImportCheckpoint {
  var format: String
  /// Lines whose end was read.
  var lines: Int64
  var importer: [UInt8]

  private static let version: UInt8 = 1

  init(format: String, lines: Int64, importer: [UInt8]) {
    self.format = format
    self.lines = lines
    self.importer = importer
  }

  /// Reads it back; `nil` for what another version wrote.
  init?(_ bytes: [UInt8]) {
    guard bytes.count >= 10, bytes[0] == Self.version else { return nil }
    let nameEnd = 10 + Int(bytes[9])
    guard bytes.count >= nameEnd else { return nil }
    lines = bytes[1..<9].reversed().reduce(0) { $0 << 8 | Int64($1) }
    format = String(decoding: bytes[10..<nameEnd], as: UTF8.self)
    importer = Array(bytes[nameEnd...])
  }

  var bytes: [UInt8] {
    let name = Array(format.utf8.prefix(255))
    var bytes = [Self.version]
    for place in 0..<8 { bytes.append(UInt8(truncatingIfNeeded: lines >> (8 * place))) }
    bytes.append(UInt8(name.count))
    return bytes + name + importer
  }
}
