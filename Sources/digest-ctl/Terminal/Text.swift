/// Text of logs on its way to a terminal.
enum Text {
  /// The text on one line, with everything escaped that would not be seen, as ``escaped(_:)`` does.
  ///
  /// Line ends and tabs are shown as one space.
  static func clean(_ text: String) -> String {
    if isPlain(text) { return text }
    var cleaned = String.UnicodeScalarView()
    var wasSpace = false
    for scalar in text.unicodeScalars {
      if scalar == "\n" || scalar == "\t" || scalar == "\r" {
        if !wasSpace { cleaned.append(" ") }
        wasSpace = true
      } else {
        cleaned.append(scalar)
        wasSpace = scalar == " "
      }
    }
    return escaped(String(cleaned))
  }

  /// The text with control, bidirectional, zero-width and other invisible characters as JSON escapes
  /// them, for example `\u202E`: they could make the terminal do things, or one name look like another.
  ///
  /// `keepsStyle` leaves the sequences of ``Style`` as they are. A JSON text means the same afterwards.
  static func escaped(_ text: String, keepsStyle: Bool = false) -> String {
    if isPlain(text) { return text }
    var shown = String.UnicodeScalarView()
    let scalars = Array(text.unicodeScalars)
    var at = 0
    while at < scalars.count {
      let scalar = scalars[at]
      if keepsStyle, let count = styleCount(scalars[at...]) {
        shown.append(contentsOf: scalars[at..<(at + count)])
        at += count
        continue
      }
      // An emoji has this mark behind it, which makes it coloured.
      let isEmojiMark =
        scalar == "\u{FE0F}" && at > 0 && scalars[at - 1].value > 0x7F
        && scalars[at - 1].properties.isEmoji
      if isUnseen(scalar), !isEmojiMark {
        for unit in String(scalar).utf16 { shown.append(contentsOf: escape(unit).unicodeScalars) }
      } else {
        shown.append(scalar)
      }
      at += 1
    }
    return String(shown)
  }

  private static func escape(_ unit: UInt16) -> String {
    let digits = String(unit, radix: 16, uppercase: true)
    return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
  }

  /// Whether it has only characters of ASCII that are seen.
  private static func isPlain(_ text: String) -> Bool {
    text.utf8.allSatisfy { (0x20...0x7E).contains($0) }
  }

  /// How many scalars a sequence of ``Style`` takes: escape, bracket, one or two digits, `m`.
  private static func styleCount(_ scalars: ArraySlice<Unicode.Scalar>) -> Int? {
    let head = Array(scalars.prefix(5))
    guard head.count >= 4, head[0] == "\u{1B}", head[1] == "[" else { return nil }
    guard let end = head.firstIndex(of: "m"), end >= 3 else { return nil }
    return head[2..<end].allSatisfy { ("0"..."9").contains($0) } ? end + 1 : nil
  }

  /// The columns that a text takes on a terminal.
  static func width(_ text: String) -> Int {
    text.utf8.count == text.unicodeScalars.count
      ? text.utf8.count : text.reduce(0) { $0 + width($1) }
  }

  /// The text cut to a width, with an ellipsis where something is missing.
  static func cut(_ text: String, to columns: Int) -> String {
    guard width(text) > columns else { return text }
    var kept = ""
    var used = 0
    for character in text {
      let next = width(character)
      if used + next > columns - 1 { break }
      kept.append(character)
      used += next
    }
    return kept + "…"
  }

  static func padded(_ text: String, to columns: Int, right: Bool = false) -> String {
    let space = String(repeating: " ", count: max(0, columns - width(text)))
    return right ? space + text : text + space
  }

  private static func isUnseen(_ scalar: Unicode.Scalar) -> Bool {
    if scalar.value < 0x7F { return scalar.value < 0x20 }
    let properties = scalar.properties
    switch properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator: return true
    default: return properties.isDefaultIgnorableCodePoint
    }
  }

  private static func width(_ character: Character) -> Int {
    guard let scalar = character.unicodeScalars.first else { return 0 }
    switch scalar.value {
    case 0x1100...0x115F, 0x2E80...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F,
      0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1F64F, 0x1F680...0x1F6FF, 0x1F900...0x1F9FF,
      0x20000...0x3FFFD:
      return 2
    default:
      return 1
    }
  }
}
