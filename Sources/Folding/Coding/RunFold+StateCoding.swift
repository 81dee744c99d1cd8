internal import Events

/// The working state of a fold as the digest row keeps it beside the body.
extension RunFold.State {
  static let format: UInt8 = 2

  func encoded() -> [UInt8] {
    var writer = ByteWriter()
    writer.byte(Self.format)
    writer.signed(turnsMade)
    writer.signed(findingsMade)
    writer.signed(openCalls)
    writer.signed(openRequests)
    writer.optional(lastTurnClass) { $0.byte($1.rawValue) }
    writer.byte(idSpellings.call)
    writer.byte(idSpellings.update)
    writer.byte(idSpellings.result)
    writer.signed(resumes)
    writer.optional(sealedBucket)
    writer.flag(hasParentLink)
    writer.optional(openTurn) { writer, turn in
      turn.row.encode(to: &writer)
      writer.flag(turn.awaitsFirstOutput)
      turn.usage.encode(to: &writer)
      turn.streak.encode(to: &writer)
    }
    writer.optional(unsettled) { writer, turn in
      turn.row.encode(to: &writer)
      turn.usage.encode(to: &writer)
    }
    charged.encode(to: &writer)
    writer.optional(lastTurnEnd)
    loose.encode(to: &writer)
    writer.signed(looseSince)
    return writer.bytes
  }

  init(decoding bytes: UnsafeRawBufferPointer) throws(FoldError) {
    self.init()
    do throws(ByteReader.Damaged) {
      try decode(bytes)
    } catch {
      throw .damagedState("its state does not read back at byte \(error.offset)")
    }
  }

  private mutating func decode(_ bytes: UnsafeRawBufferPointer) throws(ByteReader.Damaged) {
    var reader = ByteReader(bytes)
    guard try reader.byte() == Self.format else { throw ByteReader.Damaged(offset: 0) }
    turnsMade = try reader.signed()
    findingsMade = try reader.signed()
    openCalls = try reader.signed()
    openRequests = try reader.signed()
    if try reader.flag() { lastTurnClass = TurnClass(rawValue: try reader.byte()) }
    idSpellings.call = try reader.byte()
    idSpellings.update = try reader.byte()
    idSpellings.result = try reader.byte()
    resumes = try reader.signed()
    sealedBucket = try reader.optionalSigned()
    hasParentLink = try reader.flag()
    if try reader.flag() {
      var turn = OpenTurn(row: try Turn(from: &reader), awaitsFirstOutput: try reader.flag())
      turn.usage = try TurnUsage(from: &reader)
      turn.streak = try CallStreak(from: &reader)
      openTurn = turn
    }
    if try reader.flag() {
      unsettled = UnsettledTurn(
        row: try Turn(from: &reader),
        usage: try TurnUsage(from: &reader)
      )
    }
    charged = try RunTime(from: &reader)
    lastTurnEnd = try reader.optionalTime()
    loose = try TurnUsage(from: &reader)
    looseSince = try reader.signed()
    guard reader.isAtEnd else { throw ByteReader.Damaged(offset: bytes.count) }
  }
}

extension TurnUsage: BinaryCodable {
  func encode(to writer: inout ByteWriter) {
    own.models.encode(to: &writer)
    ownCost.encode(to: &writer)
    subagentCost.encode(to: &writer)
  }

  init(from reader: inout ByteReader) throws(ByteReader.Damaged) {
    self.init()
    own = OwnUsage(models: try NameMap(from: &reader))
    ownCost = try ReportedCost(from: &reader)
    subagentCost = try ReportedCost(from: &reader)
  }
}

extension OwnUsage.Entry: BinaryCodable {
  func encode(to writer: inout ByteWriter) {
    counts.encode(to: &writer)
    UsageParts(longContext: longContext, unitedStates: unitedStates).encode(to: &writer)
    cost.encode(to: &writer)
  }

  init(from reader: inout ByteReader) throws(ByteReader.Damaged) {
    self.init()
    counts = try TokenUsage(from: &reader)
    let parts = try UsageParts(from: &reader)
    (longContext, unitedStates) = (parts.longContext, parts.unitedStates)
    cost = try ReportedCost(from: &reader)
  }
}

extension CallStreak: BinaryCodable {
  func encode(to writer: inout ByteWriter) {
    writer.unsigned(tool)
    writer.signed(length)
    writer.optional(input) { writer, input in
      writer.unsigned(input.first)
      writer.unsigned(input.second)
    }
  }

  init(from reader: inout ByteReader) throws(ByteReader.Damaged) {
    self.init()
    tool = try reader.unsigned()
    length = try reader.signed()
    if try reader.flag() {
      let first = try reader.unsigned()
      input = InputHash(first: first, second: try reader.unsigned())
    }
  }
}

/// A turn as the state keeps it: without what it used, which stands beside it there.
extension Turn: BinaryCodable {
  func encode(to writer: inout ByteWriter) {
    writer.signed(idx)
    writer.optional(turnID)
    writer.flag(synthetic)
    writer.optional(session)
    writer.signed(startSeq)
    writer.optional(endSeq)
    writer.optional(startOrdinal)
    writer.optional(endOrdinal)
    writer.signed(startTs.microseconds)
    writer.optional(endTs)
    writer.optional(ttftMicros)
    writer.optional(status?.rawValue)
    writer.optional(stopReason?.rawValue)
    for count in [toolCalls, toolFailed, errors, issues] { writer.signed(count) }
    writer.flag(prompt)
    writer.optional(ownMs)
  }

  init(from reader: inout ByteReader) throws(ByteReader.Damaged) {
    idx = try reader.signed()
    turnID = try reader.optionalText()
    synthetic = try reader.flag()
    session = try reader.optionalText()
    startSeq = try reader.signed()
    endSeq = try reader.optionalSigned()
    startOrdinal = try reader.optionalSigned()
    endOrdinal = try reader.optionalSigned()
    startTs = try reader.time()
    endTs = try reader.optionalTime()
    ttftMicros = try reader.optionalSigned()
    status = try reader.optionalText().map(TurnStatus.init(rawValue:))
    stopReason = try reader.optionalText().map(StopReason.init(rawValue:))
    toolCalls = try reader.signed()
    toolFailed = try reader.signed()
    errors = try reader.signed()
    issues = try reader.signed()
    prompt = try reader.flag()
    ownMs = try reader.optionalSigned()
  }
}

extension RunFold {
  /// Goes on where a stored digest stops.
  package init(
    body: UnsafeRawBufferPointer,
    state: UnsafeRawBufferPointer
  ) throws(FoldError) {
    let digest = try Digest(body: body)
    self.init(digest: digest, state: try RunFold.State(decoding: state))
  }

  /// The working state, to be stored beside the body of the digest.
  ///
  /// Settle first.
  package func encodedState() -> [UInt8] { state.encoded() }
}
