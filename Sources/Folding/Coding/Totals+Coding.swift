extension Totals: BinaryCodable {
  package func encode(to writer: inout ByteWriter) {
    encodeScalars(to: &writer)
    kinds.encode(to: &writer)
    turnLatency.encode(to: &writer)
    ttft.encode(to: &writer)
    models.encode(to: &writer)
    tools.encode(to: &writer)
    errors.encode(to: &writer)
    issues.encode(to: &writer)
  }

  package init(from reader: inout ByteReader) throws(ByteReader.Damaged) {
    self.init()
    try decodeScalars(from: &reader)
    kinds = try NameMap(from: &reader)
    turnLatency = try Sketch(from: &reader)
    ttft = try Sketch(from: &reader)
    models = try NameMap(from: &reader)
    tools = try NameMap(from: &reader)
    errors = try NameMap(from: &reader)
    issues = try NameMap(from: &reader)
  }

  package static func skip(in reader: inout ByteReader) throws(ByteReader.Damaged) {
    // What the scalars are made of.
    try reader.skipIntegers(2 + 4 + 1 + 4 + 2 + 7)
    try PermissionCounts.skip(in: &reader)
    try NameMap<Int64>.skip(in: &reader)
    try Sketch.skip(in: &reader)
    try Sketch.skip(in: &reader)
    try NameMap<ModelUsage>.skip(in: &reader)
    try NameMap<ToolUsage>.skip(in: &reader)
    try NameMap<Int64>.skip(in: &reader)
    try NameMap<Int64>.skip(in: &reader)
  }

  func encodeScalars(to writer: inout ByteWriter) {
    writer.signed(eventCount)
    writer.signed(runs)
    time.encode(to: &writer)
    writer.signed(activeMicros)
    turns.encode(to: &writer)
    cost.encode(to: &writer)
    writer.signed(toolCalls)
    writer.signed(toolFailed)
    writer.signed(retries)
    writer.signed(rateLimits)
    writer.signed(compactions)
    writer.signed(lateEvents)
    writer.signed(quarantined)
    permissions.encode(to: &writer)
  }

  mutating func decodeScalars(from reader: inout ByteReader) throws(ByteReader.Damaged) {
    eventCount = try reader.signed()
    runs = try reader.signed()
    time = try RunTime(from: &reader)
    activeMicros = try reader.signed()
    turns = try TurnCounts(from: &reader)
    cost = try ReportedCost(from: &reader)
    toolCalls = try reader.signed()
    toolFailed = try reader.signed()
    retries = try reader.signed()
    rateLimits = try reader.signed()
    compactions = try reader.signed()
    lateEvents = try reader.signed()
    quarantined = try reader.signed()
    permissions = try PermissionCounts(from: &reader)
  }
}
