/// Writes JSON to a buffer that only grows: commas, indentation and escapes are its business.
///
/// ```swift
/// var json = JSONWriter()
/// json.object { json in
///   json.member("run", run)
///   json.object("turns") { $0.member("count", turns.count) }
///   json.array("models") { for model in models { $0.element(model) } }
/// }
/// json.newline()
/// ```
package struct JSONWriter {
  /// How the text is laid out.
  package enum Style: Sendable {
    /// On one line, without any space.
    case compact
    /// A member per line, indented by two spaces a level.
    case pretty
  }

  /// What was written so far.
  package private(set) var bytes: [UInt8] = []

  private let style: Style
  private var depth = 0
  /// Whether nothing stands yet in the innermost container.
  private var isFirst = true
  private var isAfterKey = false

  package init(_ style: Style = .compact, reserving capacity: Int = 0) {
    self.style = style
    bytes.reserveCapacity(capacity)
  }

  /// What was written so far, as text.
  package var text: String { String(decoding: bytes, as: UTF8.self) }

  /// Starts over, keeping the memory.
  package mutating func removeAll() {
    bytes.removeAll(keepingCapacity: true)
    depth = 0
    isFirst = true
    isAfterKey = false
  }

  /// Hands over what was written and starts over.
  package mutating func takeBytes() -> [UInt8] {
    var taken: [UInt8] = []
    swap(&taken, &bytes)
    removeAll()
    return taken
  }

  /// Ends a line, between the texts of JSON Lines.
  package mutating func newline() {
    bytes.append(0x0A)
  }

  // MARK: Containers

  /// Writes an object, as an element or as the whole text.
  package mutating func object<E: Error>(
    _ body: (inout JSONWriter) throws(E) -> Void
  ) throws(E) {
    open(0x7B)
    try body(&self)
    close(0x7D)
  }

  /// Writes an array, as an element or as the whole text.
  package mutating func array<E: Error>(
    _ body: (inout JSONWriter) throws(E) -> Void
  ) throws(E) {
    open(0x5B)
    try body(&self)
    close(0x5D)
  }

  /// Writes a member that is an object.
  package mutating func object<E: Error>(
    _ key: String,
    _ body: (inout JSONWriter) throws(E) -> Void
  ) throws(E) {
    self.key(key)
    try object(body)
  }

  /// Writes a member that is an array.
  package mutating func array<E: Error>(
    _ key: String,
    _ body: (inout JSONWriter) throws(E) -> Void
  ) throws(E) {
    self.key(key)
    try array(body)
  }

  // MARK: Layout

  /// Writes a key; its value must follow.
  package mutating func key(_ key: String) {
    separate()
    quote(key)
    bytes.append(0x3A)
    if style == .pretty { bytes.append(0x20) }
    isAfterKey = true
  }

  /// Makes room for a value, and hands the buffer over to write it.
  @inline(__always)
  mutating func value(_ write: (inout [UInt8]) -> Void) {
    if isAfterKey { isAfterKey = false } else { separate() }
    write(&bytes)
  }

  /// Writes quotes and what is between them, without making room for a value.
  mutating func appendQuoted(_ text: UnsafeRawBufferPointer) {
    Self.quote(text, to: &bytes)
  }

  private mutating func open(_ bracket: UInt8) {
    value { $0.append(bracket) }
    depth += 1
    isFirst = true
  }

  private mutating func close(_ bracket: UInt8) {
    depth -= 1
    if !isFirst { indent() }
    bytes.append(bracket)
    isFirst = false
  }

  private mutating func separate() {
    guard depth > 0 else { return }
    if !isFirst { bytes.append(0x2C) }
    indent()
    isFirst = false
  }

  private mutating func indent() {
    guard style == .pretty else { return }
    bytes.append(0x0A)
    bytes.append(contentsOf: repeatElement(0x20, count: depth * 2))
  }
}
