internal import Events

// What stands in the words of a step.
extension AntigravityImporter {
  /// The time behind a label at the beginning of a line.
  static func time(_ label: String, in words: String) -> Timestamp? {
    // It is one of the first lines; an output may be long.
    for line in words.prefix(200).split(whereSeparator: \.isNewline).prefix(2)
    where line.hasPrefix(label) {
      return Timestamp(String(line.dropFirst(label.count)))
    }
    return nil
  }

  /// What stands between `<tag>` and `</tag>`.
  static func part(of text: String, in tag: String) -> String? {
    let open = "<\(tag)>"
    let close = "</\(tag)>"
    guard let start = text.firstRange(of: open),
      let end = text[start.upperBound...].firstRange(of: close)
    else { return nil }
    var part = text[start.upperBound..<end.lowerBound]
    while part.first?.isWhitespace == true { part.removeFirst() }
    while part.last?.isWhitespace == true { part.removeLast() }
    return String(part)
  }

  /// Whether words are one word behind a slash, and no path.
  static func isCommand(_ words: String) -> Bool {
    words.hasPrefix("/") && !words.dropFirst().contains { $0 == "/" || $0.isWhitespace }
  }

  /// The model that a person has chosen: `… Model Selection … from None to Gemini 3 (High). …`.
  static func model(in change: String) -> String? {
    guard
      let setting = change.firstRange(of: "`Model Selection`")
        ?? change.firstRange(of: "Model Selection"),
      let to = change[setting.upperBound...].firstRange(of: " to ")
    else { return nil }
    let rest = change[to.upperBound...].prefix { $0 != "\n" }
    let end = rest.firstRange(of: ". ")?.lowerBound ?? rest.endIndex
    var name = rest[..<end]
    if name.last == "." { name.removeLast() }
    return name.isEmpty ? nil : String(name)
  }
}
