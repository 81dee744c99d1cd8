extension Timestamp: Codable {
  /// Reads a time as RFC 3339 has it.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    guard let time = Timestamp(try container.decode(String.self)) else {
      throw DecodingError.dataCorruptedError(
        in: container,
        debugDescription: "expected a time such as 2026-06-01T00:00:00.000Z"
      )
    }
    self = time
  }

  /// Writes the time as RFC 3339 has it, with all its microseconds.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(rfc3339(.exact))
  }
}
