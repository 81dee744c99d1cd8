/// Rows in aligned columns.
struct Table {
  struct Column {
    var title: String
    var isRight = false
    /// The column that is cut when the terminal is too narrow.
    var isFlexible = false

    static func left(_ title: String) -> Column { Column(title: title) }
    static func right(_ title: String) -> Column { Column(title: title, isRight: true) }
    static func flexible(_ title: String) -> Column { Column(title: title, isFlexible: true) }
  }

  struct Cell: ExpressibleByStringLiteral {
    var text: String
    var paint: ((String) -> String)?

    init(_ text: String, _ paint: ((String) -> String)? = nil) {
      self.text = Text.clean(text)
      self.paint = paint
    }

    init(stringLiteral text: String) {
      self.init(text)
    }
  }

  private let columns: [Column]
  private let indent: Int
  private var rows: [[Cell]] = []

  init(_ columns: [Column], indent: Int = 0) {
    self.columns = columns
    self.indent = indent
  }

  var isEmpty: Bool { rows.isEmpty }

  mutating func add(_ cells: [Cell]) {
    rows.append(cells)
  }

  func print(_ style: Style = .standard, width: Int = TerminalWidth.columns()) {
    guard !rows.isEmpty else { return }
    var widths = columns.map { Text.width($0.title) }
    for row in rows {
      for (index, cell) in row.enumerated() {
        widths[index] = max(widths[index], Text.width(cell.text))
      }
    }
    let total = indent + widths.reduce(0, +) + 2 * (columns.count - 1)
    if let flexible = columns.firstIndex(where: \.isFlexible), total > width {
      widths[flexible] = max(12, widths[flexible] - (total - width))
    }
    let header = columns.map { Cell($0.title) { style.dim($0) } }
    if columns.contains(where: { !$0.title.isEmpty }) { printRow(header, widths) }
    for row in rows { printRow(row, widths) }
  }

  private func printRow(_ row: [Cell], _ widths: [Int]) {
    var line = String(repeating: " ", count: indent)
    for (index, cell) in row.enumerated() {
      if index > 0 { line += "  " }
      let cut = Text.cut(cell.text, to: widths[index])
      let isLast = index == row.count - 1 && !columns[index].isRight
      let text = cell.paint.map { $0(cut) } ?? cut
      let space = String(repeating: " ", count: max(0, widths[index] - Text.width(cut)))
      line += columns[index].isRight ? space + text : isLast ? text : text + space
    }
    while line.last == " " { line.removeLast() }
    Output.line(line)
  }
}
