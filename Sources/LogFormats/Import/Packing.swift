/// How a file is packed, or written in another encoding than UTF-8, by its first bytes and whatever its
/// name.
///
/// Text in UTF-16 is what Windows PowerShell writes when output is redirected to a file.
enum Packing: CaseIterable, CustomStringConvertible {
  case gzip, zstd, utf16LittleEndian, utf16BigEndian

  init?(_ head: some Collection<UInt8>) {
    let packing = Self.allCases.first { packing in
      packing.beginnings.contains { head.starts(with: $0) }
    }
    guard let packing else { return nil }
    self = packing
  }

  /// What such a file begins with: a mark, or the first characters of JSON.
  private var beginnings: [[UInt8]] {
    switch self {
    case .gzip: [[0x1F, 0x8B]]
    case .zstd: [[0x28, 0xB5, 0x2F, 0xFD]]
    case .utf16LittleEndian:
      [[0xFF, 0xFE, 0x7B, 0], [0xFF, 0xFE, 0x5B, 0], [0x7B, 0, 0x22, 0], [0x5B, 0, 0x7B, 0]]
    case .utf16BigEndian:
      [[0xFE, 0xFF, 0, 0x7B], [0xFE, 0xFF, 0, 0x5B], [0, 0x7B, 0, 0x22], [0, 0x5B, 0, 0x7B]]
    }
  }

  /// What the file is, in a sentence.
  var description: String {
    switch self {
    case .gzip: "gzip"
    case .zstd: "zstd"
    case .utf16LittleEndian, .utf16BigEndian: "UTF-16"
    }
  }

  /// The program that makes UTF-8 of it, from standard input to standard output.
  var program: String { arguments[0] }

  /// The package that the program is in.
  var package: String {
    switch self {
    case .gzip: "gzip"
    case .zstd: "zstd"
    case .utf16LittleEndian, .utf16BigEndian: "libc-bin"
    }
  }

  /// The program with its arguments: to unpack, and to say nothing unless something is wrong.
  var arguments: [String] {
    switch self {
    case .gzip: ["gzip", "-dc"]
    case .zstd: ["zstd", "-dcq"]
    // Half a character in a cut text is left out, as everywhere.
    case .utf16LittleEndian: ["iconv", "-c", "-f", "UTF-16LE", "-t", "UTF-8"]
    case .utf16BigEndian: ["iconv", "-c", "-f", "UTF-16BE", "-t", "UTF-8"]
    }
  }
}
