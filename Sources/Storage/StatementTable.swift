/// The statements of a connection, by the address of their literal.
///
/// Two places that write the same text have two statements, which costs less than hashing the text
/// at each use. Addresses need no strong hash, and this table no type made at run time.
struct StatementTable {
  /// A power of two of places, at most half taken.
  private var keys: [UInt] = Array(repeating: 0, count: 64)
  private var statements: [Statement?] = Array(repeating: nil, count: 64)
  private var count = 0

  subscript(sql: StaticString) -> Statement? {
    let key = UInt(bitPattern: sql.utf8Start)
    var place = place(of: key)
    while keys[place] != 0 {
      if keys[place] == key { return statements[place] }
      place = next(place)
    }
    return nil
  }

  /// Takes in a statement whose literal has none yet.
  mutating func add(_ statement: Statement, for sql: StaticString) {
    if (count + 1) * 2 > keys.count { grow() }
    put(statement, UInt(bitPattern: sql.utf8Start))
    count += 1
  }

  mutating func removeAll() { self = StatementTable() }

  private mutating func grow() {
    let (oldKeys, oldStatements) = (keys, statements)
    keys = Array(repeating: 0, count: oldKeys.count * 2)
    statements = Array(repeating: nil, count: oldKeys.count * 2)
    for (key, statement) in zip(oldKeys, oldStatements) {
      if let statement { put(statement, key) }
    }
  }

  private mutating func put(_ statement: Statement, _ key: UInt) {
    var place = place(of: key)
    while keys[place] != 0 { place = next(place) }
    keys[place] = key
    statements[place] = statement
  }

  /// Literals lie one behind another: a multiplication scatters them.
  private func place(of key: UInt) -> Int {
    Int(truncatingIfNeeded: key &* 0x9E37_79B9_7F4A_7C15 >> 32) & (keys.count - 1)
  }

  private func next(_ place: Int) -> Int { (place + 1) & (keys.count - 1) }
}
