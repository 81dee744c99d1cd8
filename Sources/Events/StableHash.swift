/// A hash that is the same on every machine and in every version: FNV-1a with 64 bits.
package enum StableHash {
  /// The hash of a seed and bytes.
  package static func value(_ bytes: some Sequence<UInt8>, seed: String = "") -> UInt64 {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    func mix(_ byte: UInt8) { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
    for byte in seed.utf8 { mix(byte) }
    for byte in bytes { mix(byte) }
    return hash
  }

  /// The hash as 16 digits.
  package static func hex(_ bytes: some Sequence<UInt8>, seed: String = "") -> String {
    let digits = String(value(bytes, seed: seed), radix: 16)
    return String(repeating: "0", count: 16 - digits.utf8.count) + digits
  }
}
