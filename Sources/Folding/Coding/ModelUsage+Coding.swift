extension TokenUsage: BinaryCodable {
  // Most classes of most models are zero: a mask says which are not. Those that are seldom there have
  // its high bits, so that it takes one byte nearly always.
  func encode(to writer: inout ByteWriter) {
    withFields { fields in
      var mask: UInt64 = 0
      for index in fields.indices where fields[index] != 0 { mask |= 1 << UInt64(index) }
      writer.unsigned(mask)
      for field in fields where field != 0 { writer.signed(field) }
    }
  }

  init(from reader: inout ByteReader) throws(ByteReader.Damaged) {
    self.init()
    var mask = try reader.unsigned()
    guard mask < 1024 else { throw reader.damaged }
    while mask != 0 {
      let index = mask.trailingZeroBitCount
      let field = try reader.signed()
      withMutableFields { $0[index] = field }
      mask &= mask - 1
    }
  }
}

/// The parts of some usage that lie inside its whole: they are mostly zero.
struct UsageParts {
  var longContext = LongContext()
  var unitedStates = TokenUsage()

  // A part of long context lies in the one before it: where the first is zero, so are mostly the
  // others.
  func encode(to writer: inout ByteWriter) {
    let hasLong = !longContext.isZero
    let hasUnitedStates = !unitedStates.isZero
    writer.byte((hasLong ? 1 : 0) | (hasUnitedStates ? 2 : 0))
    if hasLong {
      longContext.over100k.encode(to: &writer)
      longContext.over200k.encode(to: &writer)
      longContext.over272k.encode(to: &writer)
    }
    if hasUnitedStates { unitedStates.encode(to: &writer) }
  }

  init(longContext: LongContext, unitedStates: TokenUsage) {
    self.longContext = longContext
    self.unitedStates = unitedStates
  }

  init(from reader: inout ByteReader) throws(ByteReader.Damaged) {
    let mask = try reader.byte()
    guard mask < 4 else { throw reader.damaged }
    if mask & 1 != 0 {
      longContext.over100k = try TokenUsage(from: &reader)
      longContext.over200k = try TokenUsage(from: &reader)
      longContext.over272k = try TokenUsage(from: &reader)
    }
    if mask & 2 != 0 { unitedStates = try TokenUsage(from: &reader) }
  }
}

extension ModelUsage: BinaryCodable {
  func encode(to writer: inout ByteWriter) {
    own.encode(to: &writer)
    UsageParts(longContext: longContext, unitedStates: unitedStates).encode(to: &writer)
    subagent.encode(to: &writer)
    UsageParts(longContext: subagentLongContext, unitedStates: subagentUnitedStates)
      .encode(to: &writer)
  }

  init(from reader: inout ByteReader) throws(ByteReader.Damaged) {
    self.init()
    own = try TokenUsage(from: &reader)
    var parts = try UsageParts(from: &reader)
    (longContext, unitedStates) = (parts.longContext, parts.unitedStates)
    subagent = try TokenUsage(from: &reader)
    parts = try UsageParts(from: &reader)
    (subagentLongContext, subagentUnitedStates) = (parts.longContext, parts.unitedStates)
  }
}
