package import Events

/// What is known of a permission id: a request that waits for a person, or a refusal that came
/// before its call.
package struct Permission: Sendable, Hashable {
  package var id: String
  package var seq: Int64
  package var ordinal: Int64?
  package var ts: Timestamp
  package var name: String?
  package var turn: Int64?
  package var isOpen: Bool
  package var isRefused: Bool

  package init(
    id: String,
    seq: Int64,
    ordinal: Int64?,
    ts: Timestamp,
    name: String?,
    turn: Int64?,
    isOpen: Bool,
    isRefused: Bool
  ) {
    self.id = id
    self.seq = seq
    self.ordinal = ordinal
    self.ts = ts
    self.name = name
    self.turn = turn
    self.isOpen = isOpen
    self.isRefused = isRefused
  }

  /// An id without an open request, with what was last decided of it.
  ///
  /// It keeps nothing of its request, so that it is the same whether it was read back from its row
  /// or not.
  static func decided(_ id: String, denied: Bool) -> Permission {
    Permission(
      id: id,
      seq: 0,
      ordinal: nil,
      ts: Timestamp(microseconds: 0),
      name: nil,
      turn: nil,
      isOpen: false,
      isRefused: denied
    )
  }
}
