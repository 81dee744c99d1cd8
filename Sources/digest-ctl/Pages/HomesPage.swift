import Events
import LogFormats

/// Where agents keep their logs, and where they do not.
struct HomesPage {
  let homes: AgentHomes

  func print() {
    let style = Style.standard
    let width = homes.homes.map { Text.width($0.agent) }.max() ?? 0
    for home in homes.homes {
      let agent = home.agent + String(repeating: " ", count: width - Text.width(home.agent))
      let path = Text.clean(home.path)
      if !home.isThere {
        Output.line(style.dim("  \(agent)  \(path)  not there"))
      } else {
        Output.line("\(style.good("✓")) \(agent)  \(path)")
      }
    }
    Output.line()
  }

  func write(to json: inout JSONWriter) {
    json.array("homes") { json in
      for home in homes.homes {
        json.object { json in
          json.member("agent", home.agent)
          json.member("path", home.path)
          json.member("found", home.isThere)
        }
      }
    }
  }
}
