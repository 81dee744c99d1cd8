internal import Glibc

/// Where the agents of a person keep their logs, found as the agents themselves find it: by their
/// own variables first, else below the person's home.
package struct AgentHomes: Sendable {
  /// A folder that an agent keeps logs in, if it is there.
  package struct Home: Sendable, Hashable {
    /// The agent, as people call it.
    package var agent: String
    package var path: String
    package var isThere: Bool
  }

  /// All folders that were looked for, in the order of the agents.
  package private(set) var homes: [Home] = []
  private let variable: @Sendable (String) -> String?
  private let home: String

  /// Looks for them; `nil` where no home is known to look below.
  ///
  /// `variable` answers the variables of the environment; empty ones are none.
  package init?(_ variable: @escaping @Sendable (String) -> String?) {
    guard let home = variable("HOME") else { return nil }
    self.variable = variable
    self.home = home
    addClaude()
    for codex in list("CODEX_HOME") ?? [below(".codex")] {
      add("Codex", codex + "/sessions")
      add("Codex", codex + "/archived_sessions")
    }
    // The variable names what holds the folder, not the folder itself.
    let gemini = (variable("GEMINI_CLI_HOME") ?? home) + "/.gemini/"
    add("Gemini CLI", gemini + "tmp")
    for name in ["antigravity", "antigravity-cli", "antigravity-ide"] {
      add("Antigravity", gemini + name + "/brain")
    }
    // Its own folder, or what it is told to write as it runs, which `~` may stand before.
    let qwen = (variable("QWEN_RUNTIME_DIR") ?? variable("QWEN_HOME")).map(expanded)
    add("Qwen Code", (qwen ?? below(".qwen")) + "/projects")
    add("Copilot CLI", (variable("COPILOT_HOME") ?? below(".copilot")) + "/session-state")
    add("pi", (variable("PI_CODING_AGENT_DIR") ?? below(".pi/agent")) + "/sessions")
    add("Kimi Code", (variable("KIMI_CODE_HOME") ?? below(".kimi-code")) + "/sessions")
    add("Kimi CLI", (variable("KIMI_SHARE_DIR") ?? below(".kimi")) + "/sessions")
    // A folder for each conversation, of older and of newer programs.
    let openHands = variable("OPENHANDS_PERSISTENCE_DIR") ?? below(".openhands")
    add("OpenHands", openHands + "/sessions")
    add("OpenHands", variable("OPENHANDS_CONVERSATIONS_DIR") ?? openHands + "/conversations")
  }

  /// The folders that are there.
  package var found: [String] {
    homes.filter { $0.isThere }.map(\.path)
  }

  /// The folders that are not there yet.
  package var missing: [String] {
    homes.filter { !$0.isThere }.map(\.path)
  }

  private mutating func addClaude() {
    if let folders = list("CLAUDE_CONFIG_DIR") {
      for folder in folders { add("Claude Code", folder + "/projects") }
      return
    }
    // The rules of XDG: a path that is not absolute is none.
    let config = variable("XDG_CONFIG_HOME").flatMap { $0.hasPrefix("/") ? $0 : nil }
    add("Claude Code", (config ?? below(".config")) + "/claude/projects")
    add("Claude Code", below(".claude/projects"))
  }

  private mutating func add(_ agent: String, _ path: String) {
    guard !homes.contains(where: { $0.path == path }) else { return }
    homes.append(
      Home(agent: agent, path: path, isThere: Self.isFolder(path))
    )
  }

  private func below(_ name: String) -> String { home + "/" + name }

  /// The folders that a variable names: one, or several with commas between them.
  private func list(_ name: String) -> [String]? {
    guard let value = variable(name) else { return nil }
    // There may be a comma in a name.
    if Self.isFolder(value) { return [Self.trimmed(value[...])] }
    let parts = value.split(separator: ",").map(Self.trimmed).filter { !$0.isEmpty }
    return parts.isEmpty ? nil : parts.map(expanded)
  }

  /// A shell does not expand what stands behind a comma.
  private func expanded(_ path: String) -> String {
    path == "~" ? home : path.hasPrefix("~/") ? home + path.dropFirst() : path
  }

  private static func trimmed(_ path: Substring) -> String {
    var path = path.drop { $0 == " " }
    while path.last == " " || path.last == "/" && path.count > 1 { path.removeLast() }
    return String(path)
  }

  private static func isFolder(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }
}
