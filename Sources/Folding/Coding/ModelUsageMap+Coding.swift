extension NameMap<ModelUsage> {
  /// The map in its compact form; `nil` where it is empty.
  package func encodedUsage() -> [UInt8]? {
    guard !isEmpty else { return nil }
    var writer = ByteWriter()
    encode(to: &writer)
    return writer.bytes
  }

  /// The map that ``encodedUsage()`` made the bytes of.
  package init(usage bytes: UnsafeRawBufferPointer) throws(FoldError) {
    do throws(ByteReader.Damaged) {
      var reader = ByteReader(bytes)
      try self.init(from: &reader)
      guard reader.isAtEnd else { throw reader.damaged }
    } catch {
      throw .damagedState("the usage of a run does not read back at byte \(error.offset)")
    }
  }
}
