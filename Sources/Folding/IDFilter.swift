internal import Events

/// Remembers ids in little memory: of most that were never added it says so for sure, of a few that they
/// may have been.
///
/// Bloom filters of growing size, sixteen bits for an id, of which it sets four in one word: of a hundred
/// others one or two may have been added. The last filter takes all that comes, ever less sure.
///
/// Bloom, «Space/time trade-offs in hash coding with allowable errors», 1970; Almeida and others,
/// «Scalable Bloom filters», 2007.
struct IDFilter {
  /// How many ids a filter is for.
  private static let capacities = [1 << 10, 1 << 13, 1 << 16]

  private var filters: [[UInt64]] = []
  /// How many ids the last filter has.
  private var count = 0

  /// The memory that it takes; 146 KB at most.
  var bytes: Int { filters.reduce(0) { $0 + $1.count * 8 } }

  /// Adds an id.
  mutating func insert(_ id: ExactText) {
    if filters.isEmpty || (count == capacity && filters.count < Self.capacities.count) {
      filters.append([UInt64](repeating: 0, count: Self.capacities[filters.count] / 4))
      count = 0
    }
    let hash = Self.hash(id)
    filters[filters.count - 1].withUnsafeMutableBufferPointer { words in
      words[Self.place(hash, words.count)] |= Self.mask(hash)
    }
    count += 1
  }

  /// Whether an id may have been added; `false` only if it was not.
  func mayHave(_ id: ExactText) -> Bool {
    let hash = Self.hash(id)
    let mask = Self.mask(hash)
    return filters.contains { $0[Self.place(hash, $0.count)] & mask == mask }
  }

  private var capacity: Int { Self.capacities[filters.count - 1] }

  private static func hash(_ id: ExactText) -> UInt64 { UInt64(bitPattern: Int64(id.hashValue)) }

  /// The word of a hash; there are a power of two of them.
  private static func place(_ hash: UInt64, _ words: Int) -> Int { Int(hash >> 32) & (words - 1) }

  /// The four bits of a hash.
  private static func mask(_ hash: UInt64) -> UInt64 {
    1 << (hash & 63) | 1 << (hash >> 6 & 63) | 1 << (hash >> 12 & 63) | 1 << (hash >> 18 & 63)
  }
}
