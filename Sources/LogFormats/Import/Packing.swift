/// How a file is packed, by its first bytes and whatever its name.
enum Packing: CaseIterable {
  case gzip, zstd

  init?(_ head: some Collection<UInt8>) {
    guard let packing = Self.allCases.first(where: { head.starts(with: $0.magic) }) else {
      return nil
    }
    self = packing
  }

  private var magic: [UInt8] {
    switch self {
    case .gzip: [0x1F, 0x8B]
    case .zstd: [0x28, 0xB5, 0x2F, 0xFD]
    }
  }

  /// The program that unpacks from standard input to standard output, and the package it is in.
  var program: String {
    switch self {
    case .gzip: "gzip"
    case .zstd: "zstd"
    }
  }

  /// Its arguments: to unpack, and to say nothing unless something is wrong.
  var arguments: [String] {
    switch self {
    case .gzip: ["gzip", "-dc"]
    case .zstd: ["zstd", "-dcq"]
    }
  }
}
