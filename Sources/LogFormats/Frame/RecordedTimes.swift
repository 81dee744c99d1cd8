internal import Events

extension JSONObject {
  /// A time under a name.
  func time(_ key: StaticString) -> Timestamp? {
    self[key]?.text.flatMap { Timestamp($0) }
  }

  /// A time in milliseconds since 1970 under a name.
  func milliseconds(_ key: StaticString) -> Timestamp? {
    guard let value = self[key]?.int, value >= 0, value < 253_402_300_800_000 else { return nil }
    return Timestamp(microseconds: value * 1000)
  }
}
