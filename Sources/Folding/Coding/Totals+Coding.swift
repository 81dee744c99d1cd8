extension Totals: BinaryCodable {
  func encode(to writer: inout ByteWriter) {
    counters.encode(to: &writer)
    kinds.encode(to: &writer)
    turnLatency.encode(to: &writer)
    ttft.encode(to: &writer)
    models.encode(to: &writer)
    tools.encode(to: &writer)
    errors.encode(to: &writer)
    issues.encode(to: &writer)
  }

  init(from reader: inout ByteReader) throws(ByteReader.Damaged) {
    self.init()
    counters = try Counters(from: &reader)
    kinds = try NameMap(from: &reader)
    turnLatency = try Sketch(from: &reader)
    ttft = try Sketch(from: &reader)
    models = try NameMap(from: &reader)
    tools = try NameMap(from: &reader)
    errors = try NameMap(from: &reader)
    issues = try NameMap(from: &reader)
  }
}
