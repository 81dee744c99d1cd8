package import Pricing

extension PriceTable {
  /// A list larger than this is none.
  private static let bytesMax = 64 << 20

  /// Reads the price list in a file.
  package init(contentsOf path: String) throws(PriceTableProblem) {
    var bytes: [UInt8] = []
    do throws(SourceProblem) {
      let source = try SourceFile(path: path, shown: path, mayWait: true)
      while bytes.count <= Self.bytesMax, try source.read(1 << 20, into: &bytes) > 0 {}
    } catch {
      throw PriceTableProblem(error.sentence, isMissingFile: error.kind == .missing)
    }
    guard bytes.count <= Self.bytesMax else {
      throw PriceTableProblem("\(path) is larger than any price list (64 MB); name another file")
    }
    try self.init(bytes, named: path)
  }
}
