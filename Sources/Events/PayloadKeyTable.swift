/// Finds the `PayloadKey` that a key of a payload is, if any.
///
/// A hash table with open addressing over the names: most keys of a payload are none of them,
/// and cost one look at an empty place.
struct PayloadKeyTable: ~Copyable {
  private static let size = 256
  /// The key's raw value plus one; 0 is an empty place.
  private let places: UnsafeMutablePointer<UInt8>
  private let names: UnsafeMutablePointer<UnsafeRawBufferPointer>
  private let longest: Int

  init() {
    let keys = PayloadKey.allCases
    places = .allocate(capacity: Self.size)
    places.initialize(repeating: 0, count: Self.size)
    names = .allocate(capacity: keys.count)
    var longest = 0
    for key in keys {
      let name = UnsafeRawBufferPointer(
        start: key.name.utf8Start,
        count: key.name.utf8CodeUnitCount
      )
      (names + Int(key.rawValue)).initialize(to: name)
      var place = Self.hash(name)
      while places[place] != 0 { place = (place + 1) % Self.size }
      places[place] = key.rawValue + 1
      longest = max(longest, name.count)
    }
    self.longest = longest
  }

  deinit {
    places.deallocate()
    names.deallocate()
  }

  /// Finds the key whose name these bytes are.
  @inline(__always)
  func find(_ bytes: UnsafeRawBufferPointer) -> PayloadKey? {
    guard bytes.count > 0 && bytes.count <= longest else { return nil }
    var place = Self.hash(bytes)
    while places[place] != 0 {
      let index = places[place] &- 1
      if equal(names[Int(index)], bytes) { return PayloadKey(rawValue: index) }
      place = (place &+ 1) % Self.size
    }
    return nil
  }

  /// The same for a key with escapes, as it stands between its quotes.
  func find(escaped bytes: UnsafeRawBufferPointer) -> PayloadKey? {
    // An escape is at most six bytes for one.
    guard bytes.count <= longest * 6 else { return nil }
    return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: longest * 6) { buffer in
      guard let start = buffer.baseAddress else { return nil }
      let length = JSONString.unescape(bytes, into: start)
      return find(UnsafeRawBufferPointer(start: start, count: length))
    }
  }

  @inline(__always)
  private func equal(_ name: UnsafeRawBufferPointer, _ bytes: UnsafeRawBufferPointer) -> Bool {
    guard name.count == bytes.count else { return false }
    var i = 0
    while i < bytes.count {
      guard name[i] == bytes[i] else { return false }
      i &+= 1
    }
    return true
  }

  @inline(__always)
  private static func hash(_ bytes: UnsafeRawBufferPointer) -> Int {
    let count = bytes.count
    let ends = Int(bytes[0]) &* 7 &+ Int(bytes[count &- 1]) &* 31
    return (ends &+ Int(bytes[count / 2]) &* 113 &+ count &* 57) & (size &- 1)
  }
}
