/// Where a name is among many: a table of positions by the hash that every name has already.
///
/// Not a dictionary: that hashes the hash again at each look, and to make its type at run time costs
/// a program that reads one digest as much as the read.
struct NameIndex: Sendable {
  // Positions, counted from 1; 0 is free. A power of two of them, at most half taken.
  private var slots: [Int32] = []

  var isEmpty: Bool { slots.isEmpty }

  /// Takes in the name at `position`, the last of `names`; before that, all that it has not yet.
  mutating func add(_ position: Int, of names: [Name]) {
    guard names.count * 2 <= slots.count else {
      slots = Array(repeating: 0, count: Self.capacity(names.count))
      for position in names.indices { place(position, names[position].hash) }
      return
    }
    place(position, names[position].hash)
  }

  /// The position of the name with a hash that matches.
  func position(_ hash: UInt64, in names: [Name], where matches: (Name) -> Bool) -> Int? {
    var slot = slot(hash)
    while slots[slot] != 0 {
      let position = Int(slots[slot]) - 1
      if names[position].hash == hash, matches(names[position]) { return position }
      slot = next(slot)
    }
    return nil
  }

  private mutating func place(_ position: Int, _ hash: UInt64) {
    var slot = slot(hash)
    while slots[slot] != 0 { slot = next(slot) }
    slots[slot] = Int32(position + 1)
  }

  private func slot(_ hash: UInt64) -> Int {
    Int(truncatingIfNeeded: hash) & (slots.count - 1)
  }

  private func next(_ slot: Int) -> Int { (slot + 1) & (slots.count - 1) }

  /// A quarter full, so that it is soon not made anew.
  private static func capacity(_ count: Int) -> Int {
    var capacity = 64
    while capacity < count * 4 { capacity *= 2 }
    return capacity
  }
}
