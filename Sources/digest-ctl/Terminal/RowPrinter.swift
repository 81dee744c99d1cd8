import Events

/// Prints rows: as JSON Lines as they come, or as a table when all are there.
struct RowPrinter {
  private let json: Bool
  private var table: Table
  private var writer = JSONWriter()
  private var count = 0

  init(json: Bool, _ columns: [Table.Column], hidesEmpty: Bool = false) {
    self.json = json
    table = Table(columns, hidesEmpty: hidesEmpty)
  }

  mutating func add(
    _ write: (inout JSONWriter) -> Void,
    row: () -> [Table.Cell]
  ) throws {
    count += 1
    guard json else { return table.add(row()) }
    write(&writer)
    writer.newline()
    try Output.write(writer.bytes)
    writer.removeAll()
  }

  /// Prints a remark for people below the table.
  func note(_ sentence: String) {
    if !json { Output.line(Style.standard.warn(sentence)) }
  }

  /// Ends the list; `rest` is the number that its next page begins with, and `unpriced` the models
  /// that costs in it lack.
  func finish(
    nothing: String,
    rest: Int64?,
    option: String = "--from",
    unpriced: [String] = [],
    hasEstimates: Bool = false
  ) {
    if !json {
      if count == 0 { Output.line(Text.clean(nothing)) }
      table.print()
      if hasEstimates { Output.line(Style.standard.dim(Units.listPriceNote)) }
      if !unpriced.isEmpty {
        let names = Text.clean(unpriced.joined(separator: ", "))
        Output.line(Style.standard.warn("no price is known for \(names)"))
      }
    }
    if let rest {
      let hint = "there is more: go on with \(option) \(rest)"
      if json { Failure.say(hint) } else { Output.line(Style.standard.dim(hint)) }
    }
  }
}
