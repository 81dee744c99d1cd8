internal import Storage

/// The positions of consecutive events of one run, as bytes.
///
/// The first position and then the gaps, each in as few bytes as it needs, seven bits in each, the
/// lowest first, and the highest bit of a byte says that its number goes on: variable byte code, as
/// in Manning, Raghavan and Schütze, Introduction to Information Retrieval, 5.3.1. A run that is
/// alone in the log needs a byte for an event, one among two hundred two.
package struct PositionBlock: Sendable, Equatable {
  /// How many positions a full block has.
  ///
  /// The open block of a run is written with each append, and each full block once, on another page.
  /// Appends of 200 and of 1,000 runs in turn cost least with 32, of 16, 32, 64 and 128.
  package static let countMax = 32

  package private(set) var bytes: [UInt8] = []
  package private(set) var count = 0
  /// The last position, 0 in an empty block.
  package private(set) var last: Int64 = 0
  /// The checksum of its events, 0 of an empty block.
  package private(set) var hash: EventHash = .none

  package init() {}

  /// Reads a block back.
  ///
  /// - Throws: ``StorageError`` `corrupt` for bytes that no block has.
  package init(bytes: UnsafeRawBufferPointer, hash: EventHash = .none) throws {
    var positions: [Int64] = []
    try Self.decode(bytes, into: &positions)
    self.bytes = Array(bytes)
    count = positions.count
    last = positions.last ?? 0
    self.hash = hash
  }

  package var isFull: Bool { count >= Self.countMax }

  /// Adds the position of the next seq, which must be beyond the last one, and the hash of its event.
  package mutating func append(_ pos: Int64, hash eventHash: EventHash = .none) {
    assert(pos > last, "an event lies before an earlier one of its run")
    var gap = UInt64(bitPattern: pos &- last)
    while gap >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: gap) | 0x80)
      gap >>= 7
    }
    bytes.append(UInt8(gap))
    count += 1
    last = pos
    hash = hash.followed(by: eventHash)
  }

  // MARK: Savepoints

  /// A state to go back to.
  package struct Savepoint: Sendable {
    fileprivate let bytes: Int
    fileprivate let count: Int
    fileprivate let last: Int64
    fileprivate let hash: EventHash
  }

  package var savepoint: Savepoint {
    Savepoint(bytes: bytes.count, count: count, last: last, hash: hash)
  }

  /// Takes away what was added after the savepoint, which must be of this block.
  package mutating func rollBack(to savepoint: Savepoint) {
    bytes.removeLast(bytes.count - savepoint.bytes)
    count = savepoint.count
    last = savepoint.last
    hash = savepoint.hash
  }

  // MARK: Reading

  /// How many positions the bytes of a block hold.
  package static func count(_ bytes: UnsafeRawBufferPointer) -> Int {
    bytes.reduce(into: 0) { if $1 < 0x80 { $0 += 1 } }
  }

  /// Adds the positions in the bytes of a block to `positions`, without those of the first `skipped`
  /// seqs.
  ///
  /// - Throws: ``StorageError`` `corrupt` for bytes that no block has.
  package static func decode(
    _ bytes: UnsafeRawBufferPointer,
    skipping skipped: Int = 0,
    into positions: inout [Int64]
  ) throws {
    var pos: UInt64 = 0
    var gap: UInt64 = 0
    var shift: UInt64 = 0
    var index = 0
    for byte in bytes {
      // Nine times seven bits are all that a position has.
      guard shift < 63 else { throw damage }
      gap |= UInt64(byte & 0x7F) << shift
      guard byte < 0x80 else {
        shift += 7
        continue
      }
      pos &+= gap
      guard gap > 0, pos <= Int64.max else { throw damage }
      if index >= skipped { positions.append(Int64(pos)) }
      index += 1
      gap = 0
      shift = 0
    }
    guard shift == 0 else { throw damage }
  }

  private static var damage: StorageError {
    StorageError(
      .corrupt,
      "the index of the event log cannot be read; run digest-ctl doctor, or restore a backup"
    )
  }
}
