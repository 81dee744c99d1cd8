/// Binding by order: all parameters of a statement in one call.
///
/// Up to twelve values are bound without generic code at run time, as by their numbers. A parameter
/// pack, which takes more, costs some 7 ns for a value and 30 ns for an optional one: Swift 6.3 does not
/// unroll it.
extension Statement {
  /// Binds the parameters in their order, all of them: `statement.bind(run, seq).first { … }`.
  @inlinable
  @discardableResult
  package func bind<
    A: SQLValue,
    B: SQLValue,
    C: SQLValue,
    D: SQLValue,
    E: SQLValue,
    F: SQLValue,
    G: SQLValue,
    H: SQLValue,
    I: SQLValue,
    J: SQLValue,
    K: SQLValue,
    L: SQLValue
  >(
    _ a: A,
    _ b: B = NoSQLValue(),
    _ c: C = NoSQLValue(),
    _ d: D = NoSQLValue(),
    _ e: E = NoSQLValue(),
    _ f: F = NoSQLValue(),
    _ g: G = NoSQLValue(),
    _ h: H = NoSQLValue(),
    _ i: I = NoSQLValue(),
    _ j: J = NoSQLValue(),
    _ k: K = NoSQLValue(),
    _ l: L = NoSQLValue()
  ) throws -> Statement {
    var next = ParameterIndex()
    try a.bind(to: self, at: next.take(for: A.self))
    try b.bind(to: self, at: next.take(for: B.self))
    try c.bind(to: self, at: next.take(for: C.self))
    try d.bind(to: self, at: next.take(for: D.self))
    try e.bind(to: self, at: next.take(for: E.self))
    try f.bind(to: self, at: next.take(for: F.self))
    try g.bind(to: self, at: next.take(for: G.self))
    try h.bind(to: self, at: next.take(for: H.self))
    try i.bind(to: self, at: next.take(for: I.self))
    try j.bind(to: self, at: next.take(for: J.self))
    try k.bind(to: self, at: next.take(for: K.self))
    try l.bind(to: self, at: next.take(for: L.self))
    assert(next.last == parameterCount, "\(next.last) values for: \(sql)")
    return self
  }

  /// Binds the parameters in their order, all of them, runs to the end and resets.
  ///
  /// ``SQLText`` and ``SQLBlob`` are not copied: SQLite reads them within the call only.
  @inlinable
  package func run<
    A: SQLValue,
    B: SQLValue,
    C: SQLValue,
    D: SQLValue,
    E: SQLValue,
    F: SQLValue,
    G: SQLValue,
    H: SQLValue,
    I: SQLValue,
    J: SQLValue,
    K: SQLValue,
    L: SQLValue
  >(
    _ a: A,
    _ b: B = NoSQLValue(),
    _ c: C = NoSQLValue(),
    _ d: D = NoSQLValue(),
    _ e: E = NoSQLValue(),
    _ f: F = NoSQLValue(),
    _ g: G = NoSQLValue(),
    _ h: H = NoSQLValue(),
    _ i: I = NoSQLValue(),
    _ j: J = NoSQLValue(),
    _ k: K = NoSQLValue(),
    _ l: L = NoSQLValue()
  ) throws {
    var next = ParameterIndex()
    var isLent = false
    defer { if isLent { clear() } }
    if try a.lend(to: self, at: next.take(for: A.self)) { isLent = true }
    if try b.lend(to: self, at: next.take(for: B.self)) { isLent = true }
    if try c.lend(to: self, at: next.take(for: C.self)) { isLent = true }
    if try d.lend(to: self, at: next.take(for: D.self)) { isLent = true }
    if try e.lend(to: self, at: next.take(for: E.self)) { isLent = true }
    if try f.lend(to: self, at: next.take(for: F.self)) { isLent = true }
    if try g.lend(to: self, at: next.take(for: G.self)) { isLent = true }
    if try h.lend(to: self, at: next.take(for: H.self)) { isLent = true }
    if try i.lend(to: self, at: next.take(for: I.self)) { isLent = true }
    if try j.lend(to: self, at: next.take(for: J.self)) { isLent = true }
    if try k.lend(to: self, at: next.take(for: K.self)) { isLent = true }
    if try l.lend(to: self, at: next.take(for: L.self)) { isLent = true }
    assert(next.last == parameterCount, "\(next.last) values for: \(sql)")
    try run()
  }

  /// As with up to twelve values, for rows of more.
  @_disfavoredOverload
  @inlinable
  @discardableResult
  package func bind<each Value: SQLValue>(_ values: repeat each Value) throws -> Statement {
    var next = ParameterIndex()
    for value in repeat each values { try value.bind(to: self, at: next.take()) }
    assert(next.last == parameterCount, "\(next.last) values for: \(sql)")
    return self
  }

  /// As with up to twelve values, for rows of more.
  @_disfavoredOverload
  @inlinable
  package func run<each Value: SQLValue>(_ values: repeat each Value) throws {
    var next = ParameterIndex()
    var isLent = false
    defer { if isLent { clear() } }
    for value in repeat each values {
      if try value.lend(to: self, at: next.take()) { isLent = true }
    }
    assert(next.last == parameterCount, "\(next.last) values for: \(sql)")
    try run()
  }
}

/// What stands for a value that a call leaves out.
@usableFromInline
package struct NoSQLValue: SQLValue {
  @inlinable
  package init() {}

  @inlinable
  package func bind(to statement: Statement, at index: Int32) throws {}
}

/// Counts parameters.
@usableFromInline
struct ParameterIndex {
  @usableFromInline var last: Int32 = 0

  @inlinable
  init() {}

  @inlinable
  mutating func take() -> Int32 {
    last += 1
    return last
  }

  /// The same for a value that may be left out.
  @inlinable
  mutating func take<Value>(for type: Value.Type) -> Int32 {
    if type != NoSQLValue.self { last += 1 }
    return last
  }
}
