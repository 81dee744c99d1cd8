internal import Events

extension TraceSummary: BinaryCodable {
  func encode(to writer: inout ByteWriter) {
    writer.unsigned(UInt64(ids.count))
    for id in ids {
      writer.unsigned(id.high)
      writer.unsigned(id.low)
    }
    writer.signed(malformed)
  }

  init(from reader: inout ByteReader) throws(ByteReader.Damaged) {
    self.init()
    for _ in 0..<(try reader.count()) {
      let high = try reader.unsigned()
      ids.append(TraceContext.TraceID(high: high, low: try reader.unsigned()))
    }
    malformed = try reader.signed()
  }
}

extension Outcome: BinaryCodable {
  func encode(to writer: inout ByteWriter) {
    writer.text(status.rawValue)
    writer.optional(cause?.rawValue)
    writer.optional(by)
    writer.optional(reason)
    writer.optional(exitCode)
    writer.optional(verdict?.rawValue)
    writer.optional(lastTurnStatus?.rawValue)
    writer.optional(interrupted) { $0.flag($1) }
    writer.optional(endedAt)
  }

  init(from reader: inout ByteReader) throws(ByteReader.Damaged) {
    self.init()
    status = Status(rawValue: try reader.text())
    cause = try reader.optionalText().flatMap(EndCause.init(rawValue:))
    by = try reader.optionalText()
    reason = try reader.optionalText()
    exitCode = try reader.optionalSigned()
    verdict = try reader.optionalText().flatMap(Verdict.init(rawValue:))
    lastTurnStatus = try reader.optionalText().map(TurnStatus.init(rawValue:))
    interrupted = try reader.flag() ? try reader.flag() : nil
    endedAt = try reader.optionalTime()
  }
}

extension FindingSummary: BinaryCodable {
  func encode(to writer: inout ByteWriter) {
    writer.signed(count)
    writer.byte(severity.rawValue)
    first.encode(to: &writer)
    last.encode(to: &writer)
  }

  init(from reader: inout ByteReader) throws(ByteReader.Damaged) {
    count = try reader.signed()
    guard let severity = Severity(rawValue: try reader.byte()) else {
      throw ByteReader.Damaged(offset: 0)
    }
    self.severity = severity
    first = try Anchor(from: &reader)
    last = try Anchor(from: &reader)
  }
}

extension Anchor: BinaryCodable {
  func encode(to writer: inout ByteWriter) {
    writer.signed(seq)
    writer.optional(ordinal)
    writer.signed(ts.microseconds)
    writer.optional(label)
  }

  init(from reader: inout ByteReader) throws(ByteReader.Damaged) {
    seq = try reader.signed()
    ordinal = try reader.optionalSigned()
    ts = try reader.time()
    label = try reader.optionalText()
  }
}

extension LaunchFlow: BinaryCodable {
  func encode(to writer: inout ByteWriter) { phases.encode(to: &writer) }

  init(from reader: inout ByteReader) throws(ByteReader.Damaged) {
    phases = try NameMap(from: &reader)
  }
}

extension StageUsage: BinaryCodable {
  func encode(to writer: inout ByteWriter) {
    writer.signed(count)
    writer.signed(queueMs)
    latency.encode(to: &writer)
  }

  init(from reader: inout ByteReader) throws(ByteReader.Damaged) {
    count = try reader.signed()
    queueMs = try reader.signed()
    latency = try Sketch(from: &reader)
  }
}
