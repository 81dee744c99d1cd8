internal import Glibc

extension PriceTable {
  /// A list larger than this is none.
  private static let bytesMax = 64 << 20

  /// Reads the price list in a file.
  package init(contentsOf path: String) throws(PriceTableProblem) {
    let source: SourceFile
    do throws(SourceProblem) {
      source = try SourceFile(path: path)
    } catch {
      throw PriceTableProblem(error.sentence, isMissingFile: error.kind == .missing)
    }
    var bytes: [UInt8] = []
    do throws(SourceProblem) {
      while bytes.count <= Self.bytesMax, try source.read(1 << 20, into: &bytes) > 0 {}
    } catch {
      throw PriceTableProblem("the price list \(path) cannot be read; name a file")
    }
    guard bytes.count <= Self.bytesMax else {
      throw PriceTableProblem("\(path) is larger than any price list (64 MB); name another file")
    }
    try self.init(bytes, named: path)
  }
}
