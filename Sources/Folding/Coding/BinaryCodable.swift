/// A value with a compact binary form.
protocol BinaryCodable {
  func encode(to writer: inout ByteWriter)
  init(from reader: inout ByteReader) throws(ByteReader.Damaged)
}

extension Int64: BinaryCodable {
  func encode(to writer: inout ByteWriter) { writer.signed(self) }

  init(from reader: inout ByteReader) throws(ByteReader.Damaged) {
    self = try reader.signed()
  }
}

extension NameMap: BinaryCodable where Value: BinaryCodable {
  func encode(to writer: inout ByteWriter) {
    writer.unsigned(UInt64(count))
    for index in 0..<count {
      writer.blob(names[index].bytes)
      values[index].encode(to: &writer)
    }
  }

  init(from reader: inout ByteReader) throws(ByteReader.Damaged) {
    self.init()
    // Most maps of most sums are empty.
    var left = try reader.count()
    if left == 0 { return }
    // A damaged count asks for no more room than a digest's largest map has.
    reserve(min(left, 512))
    while left > 0 {
      left -= 1
      let name = Name(NameBytes(try reader.blob()))
      _ = append(name, try Value(from: &reader))
    }
  }
}

extension Sketch: BinaryCodable {
  // Buckets come by ascending index, so only the steps between them are written.
  func encode(to writer: inout ByteWriter) {
    writer.unsigned(UInt64(buckets.count))
    guard !buckets.isEmpty else { return }
    writer.signed(sumMs)
    writer.signed(smallest)
    writer.signed(largest)
    var last: Int32 = 0
    for bucket in buckets {
      writer.unsigned(UInt64(bucket.index - last))
      writer.signed(bucket.count)
      last = bucket.index
    }
  }

  init(from reader: inout ByteReader) throws(ByteReader.Damaged) {
    self.init()
    let bucketCount = try reader.count()
    guard bucketCount > 0 else { return }
    sumMs = try reader.signed()
    smallest = try reader.signed()
    largest = try reader.signed()
    buckets.reserveCapacity(bucketCount)
    var last: Int32 = 0
    for _ in 0..<bucketCount {
      let index = Int64(last) + (try reader.bucketStep())
      guard index < Self.bucketsMax else { throw reader.damaged }
      last = Int32(index)
      let samples = try reader.signed()
      buckets.append(Bucket(index: last, count: samples))
      count &+= samples
    }
  }
}

extension ByteReader {
  /// A step between bucket indexes.
  fileprivate mutating func bucketStep() throws(Damaged) -> Int64 {
    let value = try unsigned()
    guard value < UInt64(Sketch.bucketsMax) else { throw damaged }
    return Int64(value)
  }
}

extension ToolUsage: BinaryCodable {
  func encode(to writer: inout ByteWriter) {
    writer.signed(calls)
    writer.signed(failed)
    writer.signed(denied)
    writer.signed(cancelled)
    writer.signed(missing)
    latency.encode(to: &writer)
  }

  init(from reader: inout ByteReader) throws(ByteReader.Damaged) {
    self.init()
    calls = try reader.signed()
    failed = try reader.signed()
    denied = try reader.signed()
    cancelled = try reader.signed()
    missing = try reader.signed()
    latency = try Sketch(from: &reader)
  }
}

extension ReportedCost: BinaryCodable {}
extension RunTime: BinaryCodable {}
extension LaunchPhase: BinaryCodable {}
