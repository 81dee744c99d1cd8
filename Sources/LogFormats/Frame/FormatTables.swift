/// The tables of the documents that the formats' own descriptions are the source of.
///
/// A document holds such a table between two comments, `<!-- formats: NAME -->` and
/// `<!-- formats: end -->`. `digest-ctl formats --write-tables FILE…` writes what is between them,
/// and a test compares the documents with the formats.
package enum FormatTables: String, CaseIterable {
  /// Each format with what it reads.
  case names
  /// Each agent with the folders that `import --agents` looks in.
  case homes
  /// What the logs of each format can tell, and what they cannot.
  case limits

  private static let end = "<!-- formats: end -->"

  private var begin: String { "<!-- formats: \(rawValue) -->" }

  /// The table as Markdown, without a last newline.
  package var markdown: String {
    switch self {
    case .names:
      Self.table(
        ["`--format`", "reads"],
        LogFormat.all.map { ["`\($0.name)`", Self.cell([$0.about.title])] }
      )
    case .homes:
      Self.table(["agent", "folders"], Self.homeRows)
    case .limits:
      Self.table(
        ["format", "its logs tell", "they do not tell"],
        LogFormat.all.map { format in
          [
            "`\(format.name)`", Self.cell(format.about.tells), Self.cell(format.about.cannotTell),
          ]
        }
      )
    }
  }

  /// A document with its tables as the formats have them now.
  ///
  /// - Returns: `nil` if a table does not end before the next one begins, or has an unknown name.
  package static func updated(_ document: String) -> String? {
    var lines: [Substring] = []
    var isInTable = false
    for line in document.split(separator: "\n", omittingEmptySubsequences: false) {
      if line == end {
        guard isInTable else { return nil }
        isInTable = false
        lines.append(line)
      } else if line.hasPrefix("<!-- formats: ") {
        guard !isInTable, let table = allCases.first(where: { $0.begin == line }) else {
          return nil
        }
        isInTable = true
        lines += [line, ""] + table.markdown.split(separator: "\n") + [""]
      } else if !isInTable {
        lines.append(line)
      }
    }
    return isInTable ? nil : lines.joined(separator: "\n")
  }

  /// The agents by name, each with its folders in the order in which they are looked for.
  private static var homeRows: [[String]] {
    var rows: [[String]] = []
    for home in AgentHomes.places {
      let folder = "`\(home.path)`"
      if rows.last?.first == home.agent {
        rows[rows.count - 1][1] += "<br/>" + folder
      } else {
        rows.append([home.agent, folder])
      }
    }
    return rows
  }

  private static func table(_ columns: [String], _ rows: [[String]]) -> String {
    let lines = [columns, columns.map { _ in "---" }] + rows
    return lines.map { "| " + $0.joined(separator: " | ") + " |" }.joined(separator: "\n")
  }

  private static func cell(_ sentences: [String]) -> String {
    sentences.joined(separator: " ").split(separator: "|").joined(separator: "\\|")
  }
}
