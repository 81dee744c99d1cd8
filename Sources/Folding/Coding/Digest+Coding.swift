internal import Events

/// The body of a digest row: the facts first, then a section for each part that takes memory of its
/// own, so that a reader of facts need not open them.
extension Digest {
  static let bodyFormat: UInt8 = 2

  /// The body as the row keeps it.
  package func encodedBody() -> [UInt8] {
    var writer = ByteWriter()
    writer.byte(Self.bodyFormat)
    writer.section { facts.encode(to: &$0) }
    writer.section { totals.turnLatency.encode(to: &$0) }
    writer.section { totals.ttft.encode(to: &$0) }
    writer.section { totals.kinds.encode(to: &$0) }
    writer.section { totals.models.encode(to: &$0) }
    writer.section { totals.tools.encode(to: &$0) }
    writer.section { errors.encode(to: &$0) }
    writer.section { issues.encode(to: &$0) }
    writer.section { launch.encode(to: &$0) }
    writer.section { stages.encode(to: &$0) }
    writer.section { trace.encode(to: &$0) }
    writer.section { RunMarks(tags: tagNames, scores: scores).encode(to: &$0) }
    return writer.bytes
  }

  /// Reads a body back.
  package init(body: UnsafeRawBufferPointer) throws(FoldError) {
    do throws(ByteReader.Damaged) {
      var reader = ByteReader(body)
      self.init(facts: try Self.facts(from: &reader))
      try openMaps(from: &reader)
    } catch {
      throw .damagedState("its body does not read back at byte \(error.offset)")
    }
  }

  /// Reads the rest of a body whose facts were read before.
  init(facts: DigestFacts, body: UnsafeRawBufferPointer) throws(FoldError) {
    self.init(facts: facts)
    do throws(ByteReader.Damaged) {
      var reader = ByteReader(body)
      try reader.readFormat(upTo: Self.bodyFormat)
      _ = try reader.blob()
      try openMaps(from: &reader)
    } catch {
      throw .damagedState("its body does not read back at byte \(error.offset)")
    }
  }

  /// Reads the facts of a body, and makes sure that the rest of it reads back as well, which it does
  /// not open.
  package static func checkedFacts(
    of body: UnsafeRawBufferPointer
  ) throws(FoldError) -> DigestFacts {
    do throws(ByteReader.Damaged) {
      var reader = ByteReader(body)
      let facts = try facts(from: &reader)
      try skipMaps(in: &reader)
      return facts
    } catch {
      throw .damagedState("its body does not read back at byte \(error.offset)")
    }
  }

  private static func facts(
    from reader: inout ByteReader
  ) throws(ByteReader.Damaged) -> DigestFacts {
    try reader.readFormat(upTo: bodyFormat)
    var part = try reader.section()
    return try DigestFacts(from: &part)
  }

  private mutating func openMaps(from reader: inout ByteReader) throws(ByteReader.Damaged) {
    totals.turnLatency = try reader.part(Sketch.self)
    totals.ttft = try reader.part(Sketch.self)
    totals.kinds = try reader.part(NameMap<Int64>.self)
    totals.models = try reader.part(NameMap<ModelUsage>.self)
    totals.tools = try reader.part(NameMap<ToolUsage>.self)
    errors = try reader.part(NameMap<FindingSummary>.self)
    issues = try reader.part(NameMap<FindingSummary>.self)
    launch = try reader.part(NameMap<LaunchFlow>.self)
    stages = try reader.part(NameMap<StageUsage>.self)
    trace = try reader.part(TraceSummary.self)
    if reader.format > 1 {
      let marks = try reader.part(RunMarks.self)
      tagNames = marks.tags
      scores = marks.scores
    }
    guard reader.isAtEnd else { throw reader.damaged }
    // The counts by class stand in the summaries already.
    for (name, summary) in zip(errors.names, errors.values) {
      _ = totals.errors.append(name, summary.count)
    }
    for (name, summary) in zip(issues.names, issues.values) {
      _ = totals.issues.append(name, summary.count)
    }
  }

  /// Steps over what ``openMaps(from:)`` reads, and refuses what it would refuse.
  private static func skipMaps(in reader: inout ByteReader) throws(ByteReader.Damaged) {
    try reader.skipPart(Sketch.self)
    try reader.skipPart(Sketch.self)
    try reader.skipPart(NameMap<Int64>.self)
    try reader.skipPart(NameMap<ModelUsage>.self)
    try reader.skipPart(NameMap<ToolUsage>.self)
    try reader.skipPart(NameMap<FindingSummary>.self)
    try reader.skipPart(NameMap<FindingSummary>.self)
    try reader.skipPart(NameMap<LaunchFlow>.self)
    try reader.skipPart(NameMap<StageUsage>.self)
    try reader.skipPart(TraceSummary.self)
    if reader.format > 1 { try reader.skipPart(RunMarks.self) }
    guard reader.isAtEnd else { throw reader.damaged }
  }
}

/// What people said of a run in maps.
private struct RunMarks: BinaryCodable {
  var tags: [Name]
  var scores: NameMap<Int64>

  init(tags: [Name], scores: NameMap<Int64>) {
    self.tags = tags
    self.scores = scores
  }

  func encode(to writer: inout ByteWriter) {
    writer.unsigned(UInt64(tags.count))
    for tag in tags { writer.blob(tag.bytes) }
    scores.encode(to: &writer)
  }

  init(from reader: inout ByteReader) throws(ByteReader.Damaged) {
    tags = []
    for _ in 0..<(try reader.count()) { tags.append(Name(NameBytes(try reader.blob()))) }
    scores = try NameMap(from: &reader)
  }

  static func skip(in reader: inout ByteReader) throws(ByteReader.Damaged) {
    for _ in 0..<(try reader.count()) { _ = try reader.blob() }
    try NameMap<Int64>.skip(in: &reader)
  }
}

extension TraceSummary: BinaryCodable {
  package func encode(to writer: inout ByteWriter) {
    writer.unsigned(UInt64(ids.count))
    for id in ids {
      writer.unsigned(id.high)
      writer.unsigned(id.low)
    }
    writer.signed(malformed)
  }

  package init(from reader: inout ByteReader) throws(ByteReader.Damaged) {
    self.init()
    for _ in 0..<(try reader.count()) {
      let high = try reader.unsigned()
      ids.append(TraceContext.TraceID(high: high, low: try reader.unsigned()))
    }
    malformed = try reader.signed()
  }

  package static func skip(in reader: inout ByteReader) throws(ByteReader.Damaged) {
    try reader.skipIntegers(2 * (try reader.count()) + 1)
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

  package static func skip(in reader: inout ByteReader) throws(ByteReader.Damaged) {
    try reader.skipIntegers(1)
    guard Severity(rawValue: try reader.byte()) != nil else { throw reader.damaged }
    try Anchor.skip(in: &reader)
    try Anchor.skip(in: &reader)
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

  package static func skip(in reader: inout ByteReader) throws(ByteReader.Damaged) {
    try reader.skipIntegers(1)
    if try reader.flag() { try reader.skipIntegers(1) }
    try reader.skipIntegers(1)
    if try reader.flag() { _ = try reader.blob() }
  }
}

extension LaunchFlow: BinaryCodable {
  package func encode(to writer: inout ByteWriter) { phases.encode(to: &writer) }

  package init(from reader: inout ByteReader) throws(ByteReader.Damaged) {
    phases = try NameMap(from: &reader)
  }

  package static func skip(in reader: inout ByteReader) throws(ByteReader.Damaged) {
    try NameMap<LaunchPhase>.skip(in: &reader)
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

  package static func skip(in reader: inout ByteReader) throws(ByteReader.Damaged) {
    try reader.skipIntegers(4)
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

  package static func skip(in reader: inout ByteReader) throws(ByteReader.Damaged) {
    try reader.skipIntegers(2)
    try Sketch.skip(in: &reader)
  }
}
