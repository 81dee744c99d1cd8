extension TurnModel: BinaryCodable {
  func encode(to writer: inout ByteWriter) {
    writer.signed(requests)
    writer.signed(input)
    writer.signed(output)
    writer.signed(cacheRead)
    writer.signed(cacheWrite)
    writer.signed(cacheWrite1h)
    writer.optional(nanoUSD)
  }

  init(from reader: inout ByteReader) throws(ByteReader.Damaged) {
    self.init()
    requests = try reader.signed()
    input = try reader.signed()
    output = try reader.signed()
    cacheRead = try reader.signed()
    cacheWrite = try reader.signed()
    cacheWrite1h = try reader.signed()
    nanoUSD = try reader.optionalSigned()
  }
}

extension Turn {
  /// The models as a turn's row keeps them; `nil` where there are none.
  package func encodedModels() -> [UInt8]? {
    guard !models.isEmpty else { return nil }
    var writer = ByteWriter()
    models.encode(to: &writer)
    return writer.bytes
  }

  /// Takes in the models of a turn's row.
  package mutating func readModels(_ bytes: UnsafeRawBufferPointer) throws(FoldError) {
    do throws(ByteReader.Damaged) {
      var reader = ByteReader(bytes)
      models = try NameMap(from: &reader)
      guard reader.isAtEnd else { throw reader.damaged }
    } catch {
      throw .damagedState("the models of a turn do not read back at byte \(error.offset)")
    }
  }
}
