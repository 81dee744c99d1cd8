extension TokenCounts: BinaryCodable {
  // Most classes of most models are zero: a mask says which are not. Those that are seldom there have
  // its high bits, so that it takes one byte nearly always. Format 1 had a byte in another order.
  package func encode(to writer: inout ByteWriter) {
    var mask: UInt64 = 0
    if requests != 0 { mask |= 1 }
    if input != 0 { mask |= 2 }
    if output != 0 { mask |= 4 }
    if reasoning != 0 { mask |= 8 }
    if cacheRead != 0 { mask |= 16 }
    if cacheWrite != 0 { mask |= 32 }
    if cacheWrite1h != 0 { mask |= 64 }
    if partialRequests != 0 { mask |= 128 }
    if unknownRequests != 0 { mask |= 256 }
    if webSearches != 0 { mask |= 512 }
    writer.unsigned(mask)
    if requests != 0 { writer.signed(requests) }
    if input != 0 { writer.signed(input) }
    if output != 0 { writer.signed(output) }
    if reasoning != 0 { writer.signed(reasoning) }
    if cacheRead != 0 { writer.signed(cacheRead) }
    if cacheWrite != 0 { writer.signed(cacheWrite) }
    if cacheWrite1h != 0 { writer.signed(cacheWrite1h) }
    if partialRequests != 0 { writer.signed(partialRequests) }
    if unknownRequests != 0 { writer.signed(unknownRequests) }
    if webSearches != 0 { writer.signed(webSearches) }
  }

  package init(from reader: inout ByteReader) throws(ByteReader.Damaged) {
    self.init()
    guard reader.format > 1 else {
      try readFirstFormat(from: &reader)
      return
    }
    let mask = try reader.unsigned()
    guard mask < 1024 else { throw reader.damaged }
    if mask & 1 != 0 { requests = try reader.signed() }
    if mask & 2 != 0 { input = try reader.signed() }
    if mask & 4 != 0 { output = try reader.signed() }
    if mask & 8 != 0 { reasoning = try reader.signed() }
    if mask & 16 != 0 { cacheRead = try reader.signed() }
    if mask & 32 != 0 { cacheWrite = try reader.signed() }
    if mask & 64 != 0 { cacheWrite1h = try reader.signed() }
    if mask & 128 != 0 { partialRequests = try reader.signed() }
    if mask & 256 != 0 { unknownRequests = try reader.signed() }
    if mask & 512 != 0 { webSearches = try reader.signed() }
  }

  private mutating func readFirstFormat(
    from reader: inout ByteReader
  ) throws(ByteReader.Damaged) {
    let mask = try reader.byte()
    if mask & 1 != 0 { requests = try reader.signed() }
    if mask & 2 != 0 { partialRequests = try reader.signed() }
    if mask & 4 != 0 { input = try reader.signed() }
    if mask & 8 != 0 { output = try reader.signed() }
    if mask & 16 != 0 { reasoning = try reader.signed() }
    if mask & 32 != 0 { cacheRead = try reader.signed() }
    if mask & 64 != 0 { cacheWrite = try reader.signed() }
    if mask & 128 != 0 { cacheWrite1h = try reader.signed() }
  }

  package static func skip(in reader: inout ByteReader) throws(ByteReader.Damaged) {
    let mask = reader.format > 1 ? try reader.unsigned() : UInt64(try reader.byte())
    guard mask < 1024 else { throw reader.damaged }
    try reader.skipIntegers(mask.nonzeroBitCount)
  }
}

/// The parts of some usage that lie inside its whole: they are mostly zero.
struct UsageParts {
  var longContext = LongContext()
  var unitedStates = TokenCounts()

  // A part of long context lies in the one before it: where the first is zero, so are mostly the
  // others.
  func encode(to writer: inout ByteWriter) {
    let hasLong = longContext != LongContext()
    let hasUnitedStates = unitedStates != TokenCounts()
    writer.byte((hasLong ? 1 : 0) | (hasUnitedStates ? 2 : 0))
    if hasLong {
      longContext.over100k.encode(to: &writer)
      longContext.over200k.encode(to: &writer)
      longContext.over272k.encode(to: &writer)
    }
    if hasUnitedStates { unitedStates.encode(to: &writer) }
  }

  init(longContext: LongContext, unitedStates: TokenCounts) {
    self.longContext = longContext
    self.unitedStates = unitedStates
  }

  init(from reader: inout ByteReader) throws(ByteReader.Damaged) {
    guard reader.format > 1 else {
      longContext.over200k = try TokenCounts(from: &reader)
      return
    }
    let mask = try Self.mask(from: &reader)
    if mask & 1 != 0 {
      longContext.over100k = try TokenCounts(from: &reader)
      longContext.over200k = try TokenCounts(from: &reader)
      longContext.over272k = try TokenCounts(from: &reader)
    }
    if mask & 2 != 0 { unitedStates = try TokenCounts(from: &reader) }
  }

  static func skip(in reader: inout ByteReader) throws(ByteReader.Damaged) {
    guard reader.format > 1 else { return try TokenCounts.skip(in: &reader) }
    let mask = try mask(from: &reader)
    for _ in 0..<(mask & 1 != 0 ? 3 : 0) { try TokenCounts.skip(in: &reader) }
    if mask & 2 != 0 { try TokenCounts.skip(in: &reader) }
  }

  private static func mask(from reader: inout ByteReader) throws(ByteReader.Damaged) -> UInt8 {
    let mask = try reader.byte()
    guard mask < 4 else { throw reader.damaged }
    return mask
  }
}

extension ModelUsage: BinaryCodable {
  package func encode(to writer: inout ByteWriter) {
    own.encode(to: &writer)
    UsageParts(longContext: longContext, unitedStates: unitedStates).encode(to: &writer)
    subagent.encode(to: &writer)
    UsageParts(longContext: subagentLongContext, unitedStates: subagentUnitedStates)
      .encode(to: &writer)
  }

  package init(from reader: inout ByteReader) throws(ByteReader.Damaged) {
    self.init()
    own = try TokenCounts(from: &reader)
    var parts = try UsageParts(from: &reader)
    (longContext, unitedStates) = (parts.longContext, parts.unitedStates)
    subagent = try TokenCounts(from: &reader)
    parts = try UsageParts(from: &reader)
    (subagentLongContext, subagentUnitedStates) = (parts.longContext, parts.unitedStates)
  }

  package static func skip(in reader: inout ByteReader) throws(ByteReader.Damaged) {
    for _ in 0..<2 {
      try TokenCounts.skip(in: &reader)
      try UsageParts.skip(in: &reader)
    }
  }
}

extension PermissionCounts: BinaryCodable {
  package func encode(to writer: inout ByteWriter) {
    writer.signed(requested)
    writer.signed(allowed)
    writer.signed(denied)
    writer.signed(unanswered)
  }

  package init(from reader: inout ByteReader) throws(ByteReader.Damaged) {
    self.init()
    guard reader.format > 1 else { return }
    requested = try reader.signed()
    allowed = try reader.signed()
    denied = try reader.signed()
    unanswered = try reader.signed()
  }

  package static func skip(in reader: inout ByteReader) throws(ByteReader.Damaged) {
    if reader.format > 1 { try reader.skipIntegers(4) }
  }
}
