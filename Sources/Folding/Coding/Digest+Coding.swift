/// The body of a digest row: its format, a checksum of the rest, the facts and counters, and the maps.
///
/// The checksum stands for the maps: a reader of facts and counters does not open them (see ``StoredDigest``), and
/// must still refuse a damaged row.
extension Digest {
  static let bodyFormat: UInt8 = 3

  /// The body as the row keeps it.
  package func encodedBody() -> [UInt8] {
    var content = ByteWriter()
    facts.encode(to: &content)
    totals.counters.encode(to: &content)
    encodeMaps(to: &content)
    var writer = ByteWriter()
    writer.byte(Self.bodyFormat)
    writer.fixed(content.bytes.withUnsafeBytes { NameBytes.hash(of: $0) })
    writer.append(content.bytes)
    return writer.bytes
  }

  /// Reads a body back.
  package init(body: UnsafeRawBufferPointer) throws(FoldError) {
    var reader = try ByteReader(checkedBody: body)
    self.init()
    do throws(ByteReader.Damaged) {
      facts = try DigestFacts(from: &reader)
      totals.counters = try Counters(from: &reader)
      try decodeMaps(from: &reader)
      guard reader.isAtEnd else { throw reader.damaged }
    } catch {
      throw .damagedState("its body does not read back at byte \(error.offset)")
    }
  }

  /// Reads the facts and counters of a body whose checksum says that the rest reads back as well.
  package static func facts(
    of body: UnsafeRawBufferPointer
  ) throws(FoldError) -> (facts: DigestFacts, counters: Counters) {
    var reader = try ByteReader(checkedBody: body)
    do throws(ByteReader.Damaged) {
      let facts = try DigestFacts(from: &reader)
      return (facts, try Counters(from: &reader))
    } catch {
      throw .damagedState("its body does not read back at byte \(error.offset)")
    }
  }

  private func encodeMaps(to writer: inout ByteWriter) {
    totals.turnLatency.encode(to: &writer)
    totals.ttft.encode(to: &writer)
    totals.kinds.encode(to: &writer)
    totals.models.encode(to: &writer)
    totals.tools.encode(to: &writer)
    errors.encode(to: &writer)
    issues.encode(to: &writer)
    launch.encode(to: &writer)
    stages.encode(to: &writer)
    trace.encode(to: &writer)
    writer.unsigned(UInt64(tagNames.count))
    for tag in tagNames { writer.blob(tag.bytes) }
    scores.encode(to: &writer)
  }

  private mutating func decodeMaps(from reader: inout ByteReader) throws(ByteReader.Damaged) {
    totals.turnLatency = try Sketch(from: &reader)
    totals.ttft = try Sketch(from: &reader)
    totals.kinds = try NameMap(from: &reader)
    totals.models = try NameMap(from: &reader)
    totals.tools = try NameMap(from: &reader)
    errors = try NameMap(from: &reader)
    issues = try NameMap(from: &reader)
    launch = try NameMap(from: &reader)
    stages = try NameMap(from: &reader)
    trace = try TraceSummary(from: &reader)
    for _ in 0..<(try reader.count()) { tagNames.append(Name(NameBytes(try reader.blob()))) }
    scores = try NameMap(from: &reader)
    // The counts by class stand in the summaries already.
    for (name, summary) in zip(errors.names, errors.values) {
      _ = totals.errors.append(name, summary.count)
    }
    for (name, summary) in zip(issues.names, issues.values) {
      _ = totals.issues.append(name, summary.count)
    }
  }
}

extension ByteReader {
  /// The reader of what stands behind the checksum of a digest's body.
  fileprivate init(checkedBody body: UnsafeRawBufferPointer) throws(FoldError) {
    self.init(body)
    do throws(Damaged) {
      try readFormat(Digest.bodyFormat)
      let checksum = try fixed()
      guard NameBytes.hash(of: rest) == checksum else { throw damaged }
    } catch {
      throw .damagedState("its body does not read back at byte \(error.offset)")
    }
  }
}
