import Events
import LogFormats

/// What the formats say of themselves.
struct FormatsPage {
  let formats: [LogFormat]

  func print() {
    let style = Style.standard
    for (index, format) in formats.enumerated() {
      if index > 0 { Output.line() }
      let about = format.about
      Output.line("\(style.bold(format.name))  \(about.title)")
      for home in about.homes {
        let agent = home.agent == about.title ? "" : "  " + style.dim(home.agent)
        Output.line("  \(home.path)\(agent)")
      }
      for sentence in about.tells { Output.line("  \(style.good("+")) \(sentence)") }
      for sentence in about.cannotTell { Output.line("  \(style.warn("-")) \(sentence)") }
      guard !about.companions.isEmpty else { continue }
      let names = about.companions.map(\.name).joined(separator: ", ")
      Output.line("  \(style.dim("passed over: \(names)"))")
    }
  }

  func printJSON() throws {
    for format in formats {
      var writer = JSONWriter()
      writer.object { json in
        json.member("name", format.name)
        format.about.write(to: &json)
      }
      writer.newline()
      try Output.write(writer.bytes)
    }
  }
}

extension FormatAbout {
  fileprivate func write(to json: inout JSONWriter) {
    json.member("title", title)
    json.array("homes") { json in
      for home in homes {
        json.object { json in
          json.member("agent", home.agent)
          json.member("path", home.path)
        }
      }
    }
    json.member("tells", tells)
    json.member("cannot_tell", cannotTell)
    json.array("companions") { json in
      for companion in companions {
        json.object { json in
          json.member("name", companion.name)
          json.member("content", companion.content)
        }
      }
    }
  }
}
