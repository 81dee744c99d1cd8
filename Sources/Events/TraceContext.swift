/// The W3C trace context that an event was emitted under, read from its `traceparent`.
public struct TraceContext: Sendable, Hashable {
  /// The 128 bits that name a trace.
  public struct TraceID: Sendable, Hashable, CustomStringConvertible {
    /// The upper 64 bits.
    public let high: UInt64
    /// The lower 64 bits.
    public let low: UInt64

    /// Makes a trace id from its two halves.
    public init(high: UInt64, low: UInt64) {
      self.high = high
      self.low = low
    }

    /// The 32 hexadecimal digits, as `traceparent` writes them.
    public var description: String { TraceContext.hex(high) + TraceContext.hex(low) }
  }

  /// The version of the format; this package knows 0, and reads later ones as the W3C says.
  public let version: UInt8
  /// The trace.
  public let traceID: TraceID
  /// The span that the event was emitted in.
  public let parentID: UInt64
  /// The flags; bit 0 says that the trace is sampled.
  public let flags: UInt8

  /// Whether the caller records the trace.
  public var isSampled: Bool { flags & 1 == 1 }

  /// Makes a context of version 0; `nil` where an id is zero, which the W3C forbids.
  public init?(traceID: TraceID, parentID: UInt64, flags: UInt8 = 1) {
    guard traceID.high | traceID.low != 0, parentID != 0 else { return nil }
    self.version = 0
    self.traceID = traceID
    self.parentID = parentID
    self.flags = flags
  }

  /// Reads a `traceparent`; `nil` if it is malformed.
  public init?(_ traceparent: String) {
    var text = traceparent
    let parsed = text.withUTF8 { TraceContext(utf8: UnsafeRawBufferPointer($0)) }
    guard let parsed else { return nil }
    self = parsed
  }

  /// Reads a `traceparent` from its UTF-8 bytes.
  package init?(utf8 bytes: UnsafeRawBufferPointer) {
    guard bytes.count >= 55, bytes[2] == 0x2D, bytes[35] == 0x2D, bytes[52] == 0x2D,
      let version = Self.hex(bytes, 0, 2), version != 0xFF,
      let high = Self.hex(bytes, 3, 16), let low = Self.hex(bytes, 19, 16), high | low != 0,
      let parent = Self.hex(bytes, 36, 16), parent != 0,
      let flags = Self.hex(bytes, 53, 2)
    else { return nil }
    // Version 0 ends here; a later one may go on, but only behind another dash.
    guard bytes.count == 55 || (version != 0 && bytes[55] == 0x2D) else { return nil }
    self.version = UInt8(version)
    self.traceID = TraceID(high: high, low: low)
    self.parentID = parent
    self.flags = UInt8(flags)
  }

  /// Lowercase digits only, as the W3C has it.
  private static func hex(
    _ bytes: UnsafeRawBufferPointer,
    _ start: Int,
    _ count: Int
  ) -> UInt64? {
    var value: UInt64 = 0
    for i in start..<(start + count) {
      switch bytes[i] {
      case 0x30...0x39: value = value << 4 | UInt64(bytes[i] - 0x30)
      case 0x61...0x66: value = value << 4 | UInt64(bytes[i] - 0x57)
      default: return nil
      }
    }
    return value
  }

  static func hex(_ value: UInt64) -> String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 16 - digits.utf8.count) + digits
  }
}

extension TraceContext: CustomStringConvertible {
  /// The context as a `traceparent` of version 0.
  public var description: String {
    let flagDigits = String(flags, radix: 16)
    return "00-\(traceID)-\(Self.hex(parentID))-\(flags < 16 ? "0" : "")\(flagDigits)"
  }
}
