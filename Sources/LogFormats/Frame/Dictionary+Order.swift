extension Dictionary where Key: Comparable {
  /// Changes each value, in the order of the keys: what is written while they change has one order.
  mutating func updateEach(_ body: (inout Value) -> Void) {
    for key in keys.sorted() {
      guard var value = self[key] else { continue }
      body(&value)
      self[key] = value
    }
  }
}
