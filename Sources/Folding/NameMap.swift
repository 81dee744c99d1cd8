/// A map from names to values that keeps the order in which names first came.
///
/// With a bound it keeps the first `bound` names and sums the rest under `(other)`, which is one
/// more: that is how a digest stays one bounded row whatever a run invents.
public struct NameMap<Value: Sendable & Hashable>: Sendable, Hashable {
  private(set) var names: [Name] = []
  private(set) var values: [Value] = []
  /// The first position of each hash, once the map is too large to scan; it can be rebuilt from `names`.
  private var index: [UInt64: Int] = [:]

  private static var scanMax: Int { 12 }

  init() {}

  /// How many names there are, `(other)` included.
  public var count: Int { names.count }

  /// Whether there is no name.
  public var isEmpty: Bool { names.isEmpty }

  /// The value under a name.
  public subscript(name: String) -> Value? {
    let name = Name(name)
    return find(name.hash) { $0 == name }.map { values[$0] }
  }

  /// The entries in the order in which they came.
  public var entries: [(name: String, value: Value)] {
    zip(names, values).map { ($0.text, $1) }
  }

  /// The entries by ascending name bytes, as JSON prints them.
  public var sorted: [(name: String, value: Value)] {
    zip(names, values).sorted { $0.0.bytes.lexicographicallyPrecedes($1.0.bytes) }
      .map { ($0.text, $1) }
  }

  subscript(at position: Int) -> Value {
    get { values[position] }
    set { values[position] = newValue }
    _modify { yield &values[position] }
  }

  /// The position of a name, which is made with `initial` if it is new and the bound allows it.
  mutating func position(
    of name: NameBytes,
    bound: Int = .max,
    initial: @autoclosure () -> Value
  ) -> Int {
    if let found = find(name.hash, where: name.matches) { return found }
    guard hasRoom(bound) else { return position(of: .other, initial: initial()) }
    return append(Name(name), initial())
  }

  /// The position of a name, which is made with `initial` if it is new and the bound allows it.
  mutating func position(
    of name: Name,
    bound: Int = .max,
    initial: @autoclosure () -> Value
  ) -> Int {
    if let found = find(name.hash, where: { $0 == name }) { return found }
    guard hasRoom(bound) || name == .other else { return position(of: .other, initial: initial()) }
    return append(name, initial())
  }

  /// Whether one more name fits below a bound; `(other)` itself takes no place.
  private func hasRoom(_ bound: Int) -> Bool {
    if names.count < bound { return true }
    if names.count > bound { return false }
    return find(Name.other.hash) { $0 == .other } != nil
  }

  /// Makes room for names that will come.
  mutating func reserve(_ count: Int) {
    names.reserveCapacity(count)
    values.reserveCapacity(count)
  }

  mutating func append(_ name: Name, _ value: Value) -> Int {
    names.append(name)
    values.append(value)
    let position = names.count - 1
    if names.count == Self.scanMax + 1 {
      for position in names.indices { note(position) }
    } else if names.count > Self.scanMax {
      note(position)
    }
    return position
  }

  private mutating func note(_ position: Int) {
    if index[names[position].hash] == nil { index[names[position].hash] = position }
  }

  private func find(_ hash: UInt64, where matches: (Name) -> Bool) -> Int? {
    if !index.isEmpty {
      guard let first = index[hash] else { return nil }
      if matches(names[first]) { return first }
      // Two names of one hash.
    }
    for index in names.indices where names[index].hash == hash {
      if matches(names[index]) { return index }
    }
    return nil
  }

  /// Equality of content and order; the index does not take part.
  public static func == (lhs: NameMap, rhs: NameMap) -> Bool {
    lhs.names == rhs.names && lhs.values == rhs.values
  }

  /// Feeds names and values to the hasher.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(names)
    hasher.combine(values)
  }
}
