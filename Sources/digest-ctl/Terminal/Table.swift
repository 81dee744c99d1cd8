/// Rows in aligned columns.
struct Table {
  struct Column {
    var title: String
    var isRight = false
    /// The column that is cut when the terminal is too narrow.
    var isFlexible = false
    /// Left out when the terminal is too narrow, the last such column first.
    var isOptional = false

    static func left(_ title: String) -> Column { Column(title: title) }
    static func right(_ title: String) -> Column { Column(title: title, isRight: true) }
    static func optional(_ title: String) -> Column {
      Column(title: title, isRight: true, isOptional: true)
    }
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
  private let hidesEmpty: Bool
  private var rows: [[Cell]] = []

  /// Makes a table; `hidesEmpty` leaves out columns that have nothing but dashes in them.
  init(_ columns: [Column], indent: Int = 0, hidesEmpty: Bool = false) {
    self.columns = columns
    self.hidesEmpty = hidesEmpty
    self.indent = indent
  }

  var isEmpty: Bool { rows.isEmpty }

  mutating func add(_ cells: [Cell]) {
    rows.append(cells)
  }

  /// A cell is cut at this width, so that one long name does not widen every row; the last one of a row,
  /// which widens none, at the other.
  private static let cellMax = 80
  private static let lastCellMax = 400

  /// Prints the table, fitted to the width of the terminal, if there is one.
  func print(_ style: Style = .standard, width: Int? = TerminalWidth.columns()) {
    guard !rows.isEmpty else { return }
    var shown = columns.indices.filter { index in
      !hidesEmpty || rows.contains { $0[index].text != "–" }
    }
    var widths = columns.map { Text.width($0.title) }
    for row in rows {
      for (index, cell) in row.enumerated() {
        widths[index] = max(widths[index], Text.width(cell.text))
      }
    }
    for index in widths.indices {
      let isLast = index == shown.last && !columns[index].isRight
      widths[index] = min(widths[index], isLast ? Self.lastCellMax : Self.cellMax)
    }
    if let width { fit(&shown, &widths, to: width) }
    let header = columns.map { Cell($0.title) { style.dim($0) } }
    if columns.contains(where: { !$0.title.isEmpty }) { printRow(header, shown, widths) }
    for row in rows { printRow(row, shown, widths) }
  }

  /// First the flexible columns shrink, then optional ones go.
  private func fit(_ shown: inout [Int], _ widths: inout [Int], to width: Int) {
    let flexible = columns.firstIndex(where: \.isFlexible)
    while true {
      let total = indent + shown.reduce(0) { $0 + widths[$1] } + 2 * (shown.count - 1)
      guard total > width else { return }
      if let flexible {
        let least = min(widths[flexible], Self.flexibleMin)
        let shrunk = widths[flexible] - (total - width)
        if shrunk >= least {
          widths[flexible] = shrunk
          return
        }
      }
      guard let last = shown.lastIndex(where: { columns[$0].isOptional }) else {
        if let flexible { widths[flexible] = min(widths[flexible], Self.flexibleMin) }
        return
      }
      shown.remove(at: last)
    }
  }

  private static let flexibleMin = 24

  private func printRow(_ row: [Cell], _ shown: [Int], _ widths: [Int]) {
    var line = String(repeating: " ", count: indent)
    for (place, index) in shown.enumerated() where index < row.count {
      if place > 0 { line += "  " }
      let cut = Text.cut(row[index].text, to: widths[index])
      let text = row[index].paint.map { $0(cut) } ?? cut
      let space = String(repeating: " ", count: max(0, widths[index] - Text.width(cut)))
      let isLast = place == shown.count - 1
      line += columns[index].isRight ? space + text : isLast ? text : text + space
    }
    while line.last == " " { line.removeLast() }
    Output.line(line)
  }
}
