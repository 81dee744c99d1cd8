package import Engine
package import Events
package import Storage

/// A checksum of events: of one, or of a block of them.
///
/// Of an event it covers all that `digest-ctl export events` prints: the names of run and session, the
/// places, the time, and every text byte for byte. It finds damage by accident, not forgery.
package struct EventHash: Sendable, Equatable {
  package private(set) var value: UInt64

  /// That of no event.
  package static let none = EventHash(value: 0)

  private init(value: UInt64) { self.value = value }

  /// What the hashes of a run's events begin with.
  package init(ofRun name: String) {
    value = 0
    add(name)
  }

  /// The hash of an event that is appended; `places` are its position, seq and ordinal.
  package init(
    _ event: Event,
    ts: Timestamp,
    at places: (pos: Int64, seq: Int64, ordinal: Int64?),
    seed: EventHash
  ) {
    value = seed.value
    add(places, ts: ts, event.producer)
    add(event.kind.rawValue)
    add(event.session ?? "")
    add(event.id ?? "")
    add(event.traceparent ?? "")
    event.payload.bytes.withUnsafeBytes { add($0) }
  }

  /// The hash of an event that is stored.
  package init(_ row: EventRow, seed: EventHash) {
    value = seed.value
    add((row.position.rawValue, row.seq, row.ordinal), ts: row.ts, row.producer)
    add(row.kind)
    add(row.session)
    add(row.id)
    add(row.traceparent)
    add(row.payload)
  }

  /// The hash of a block of events that goes on with one more.
  package func followed(by event: EventHash) -> EventHash {
    EventHash(value: Self.mix(value ^ event.value))
  }

  private mutating func add(
    _ places: (pos: Int64, seq: Int64, ordinal: Int64?),
    ts: Timestamp,
    _ producer: Producer
  ) {
    add(places.pos)
    add(places.seq)
    add(places.ordinal ?? 0)
    add(ts.microseconds)
    add(producer.code)
  }

  private mutating func add(_ number: Int64) {
    value = Self.mix(value ^ UInt64(bitPattern: number))
  }

  private mutating func add(_ text: String) {
    var text = text
    text.withUTF8 { add(UnsafeRawBufferPointer($0)) }
  }

  /// Adds bytes and their number, eight bytes a step.
  private mutating func add(_ bytes: UnsafeRawBufferPointer) {
    var hash = value ^ UInt64(bytes.count)
    var offset = 0
    while offset + 8 <= bytes.count {
      hash = Self.mix(hash ^ bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
      offset += 8
    }
    var tail: UInt64 = 0
    while offset < bytes.count {
      tail = tail << 8 | UInt64(bytes[offset])
      offset += 1
    }
    value = Self.mix(hash ^ tail)
  }

  private static func mix(_ value: UInt64) -> UInt64 {
    // The addition keeps zeros from staying zero.
    let product = (value &+ 0x9E37_79B9_7F4A_7C15).multipliedFullWidth(by: 0xD6E8_FEB8_6659_FD93)
    return product.high ^ product.low ^ (value >> 32)
  }
}

extension EventHash: SQLValue, SQLColumn {
  package func bind(to statement: Statement, at index: Int32) throws {
    try statement.bind(Int64(bitPattern: value), at: index)
  }

  package static func read(_ row: Statement, at column: Int32) -> EventHash {
    EventHash(value: UInt64(bitPattern: row.int64(at: column)))
  }
}
