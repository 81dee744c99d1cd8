internal import Events

/// The body of a digest row: scalars first, then one section per map, so that a reader who only
/// wants scalars steps over the maps.
extension Digest {
  static let bodyFormat: UInt8 = 1

  /// The body as the row keeps it.
  package func encodedBody() -> [UInt8] {
    var writer = ByteWriter()
    writer.byte(Self.bodyFormat)
    writer.section { encodeScalars(to: &$0) }
    writer.section { totals.kinds.encode(to: &$0) }
    writer.section { totals.models.encode(to: &$0) }
    writer.section { totals.tools.encode(to: &$0) }
    writer.section { errors.encode(to: &$0) }
    writer.section { issues.encode(to: &$0) }
    writer.section { launch.encode(to: &$0) }
    writer.section { stages.encode(to: &$0) }
    return writer.bytes
  }

  /// Reads a body back.
  package init(body: UnsafeRawBufferPointer) throws(FoldError) {
    self.init()
    do throws(ByteReader.Damaged) {
      try decode(body)
    } catch {
      throw .damagedState("its body does not read back at byte \(error.offset)")
    }
  }

  private mutating func decode(_ body: UnsafeRawBufferPointer) throws(ByteReader.Damaged) {
    var reader = ByteReader(body)
    guard try reader.byte() == Self.bodyFormat else { throw ByteReader.Damaged(offset: 0) }
    var part = try reader.section()
    try decodeScalars(from: &part)
    part = try reader.section()
    totals.kinds = try NameMap(from: &part)
    part = try reader.section()
    totals.models = try NameMap(from: &part)
    part = try reader.section()
    totals.tools = try NameMap(from: &part)
    part = try reader.section()
    errors = try NameMap(from: &part)
    part = try reader.section()
    issues = try NameMap(from: &part)
    part = try reader.section()
    launch = try NameMap(from: &part)
    part = try reader.section()
    stages = try NameMap(from: &part)
    guard reader.isAtEnd else { throw ByteReader.Damaged(offset: body.count) }
    // The counts by class stand in the summaries already.
    for (name, summary) in zip(errors.names, errors.values) {
      _ = totals.errors.append(name, summary.count)
    }
    for (name, summary) in zip(issues.names, issues.values) {
      _ = totals.issues.append(name, summary.count)
    }
  }

  private func encodeScalars(to writer: inout ByteWriter) {
    writer.signed(watermark)
    for text in [session, agent, model, project, host, parentRun, title] { writer.optional(text) }
    totals.encodeScalars(to: &writer)
    totals.turnLatency.encode(to: &writer)
    totals.ttft.encode(to: &writer)
    writer.optional(firstTs)
    writer.optional(lastTs)
    writer.flag(isTurnOpen)
    writer.optional(context.last)
    writer.optional(context.max)
    writer.optional(context.window)
    writer.unsigned(UInt64(trace.ids.count))
    for id in trace.ids {
      writer.unsigned(id.high)
      writer.unsigned(id.low)
    }
    writer.signed(trace.malformed)
    writer.flag(isSealed)
    outcome.encode(to: &writer)
  }

  private mutating func decodeScalars(from reader: inout ByteReader) throws(ByteReader.Damaged) {
    watermark = try reader.signed()
    session = try reader.optionalText()
    agent = try reader.optionalText()
    model = try reader.optionalText()
    project = try reader.optionalText()
    host = try reader.optionalText()
    parentRun = try reader.optionalText()
    title = try reader.optionalText()
    try totals.decodeScalars(from: &reader)
    totals.turnLatency = try Sketch(from: &reader)
    totals.ttft = try Sketch(from: &reader)
    firstTs = try reader.optionalSigned()
    lastTs = try reader.optionalSigned()
    isTurnOpen = try reader.flag()
    context.last = try reader.optionalSigned()
    context.max = try reader.optionalSigned()
    context.window = try reader.optionalSigned()
    for _ in 0..<(try reader.count()) {
      let high = try reader.unsigned()
      trace.ids.append(TraceContext.TraceID(high: high, low: try reader.unsigned()))
    }
    trace.malformed = try reader.signed()
    isSealed = try reader.flag()
    outcome = try Outcome(from: &reader)
  }
}

extension Outcome: BinaryCodable {
  package func encode(to writer: inout ByteWriter) {
    writer.text(status)
    writer.optional(cause?.rawValue)
    writer.optional(by)
    writer.optional(reason)
    writer.optional(exitCode)
    writer.optional(verdict?.rawValue)
    writer.optional(lastTurnStatus)
    writer.optional(interrupted) { $0.flag($1) }
    writer.optional(endedAt)
  }

  package init(from reader: inout ByteReader) throws(ByteReader.Damaged) {
    self.init()
    status = try reader.text()
    cause = try reader.optionalText().flatMap(Cause.init(rawValue:))
    by = try reader.optionalText()
    reason = try reader.optionalText()
    exitCode = try reader.optionalSigned()
    verdict = try reader.optionalText().flatMap(Verdict.init(rawValue:))
    lastTurnStatus = try reader.optionalText()
    interrupted = try reader.flag() ? try reader.flag() : nil
    endedAt = try reader.optionalSigned()
  }
}

extension FindingSummary: BinaryCodable {
  package func encode(to writer: inout ByteWriter) {
    writer.signed(count)
    writer.byte(severity.rawValue)
    first.encode(to: &writer)
    last.encode(to: &writer)
  }

  package init(from reader: inout ByteReader) throws(ByteReader.Damaged) {
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
  package func encode(to writer: inout ByteWriter) {
    writer.signed(seq)
    writer.optional(ordinal)
    writer.signed(ts)
    writer.optional(label)
  }

  package init(from reader: inout ByteReader) throws(ByteReader.Damaged) {
    seq = try reader.signed()
    ordinal = try reader.optionalSigned()
    ts = try reader.signed()
    label = try reader.optionalText()
  }
}

extension LaunchFlow: BinaryCodable {
  package func encode(to writer: inout ByteWriter) { phases.encode(to: &writer) }

  package init(from reader: inout ByteReader) throws(ByteReader.Damaged) {
    phases = try NameMap(from: &reader)
  }
}

extension LaunchPhase: BinaryCodable {
  package func encode(to writer: inout ByteWriter) {
    writer.signed(steps)
    writer.signed(totalMs)
    writer.signed(lastMs)
    writer.signed(maxMs)
  }

  package init(from reader: inout ByteReader) throws(ByteReader.Damaged) {
    steps = try reader.signed()
    totalMs = try reader.signed()
    lastMs = try reader.signed()
    maxMs = try reader.signed()
  }
}

extension StageUsage: BinaryCodable {
  package func encode(to writer: inout ByteWriter) {
    writer.signed(count)
    writer.signed(queueMs)
    latency.encode(to: &writer)
  }

  package init(from reader: inout ByteReader) throws(ByteReader.Damaged) {
    count = try reader.signed()
    queueMs = try reader.signed()
    latency = try Sketch(from: &reader)
  }
}
