import Foundation
import LogFormats
import Testing

@Suite("Where agents keep their logs")
struct AgentHomesTests {
  let home: String

  init() throws {
    home =
      FileManager.default.temporaryDirectory
      .appendingPathComponent("rundigest-home-\(UUID().uuidString)").path
  }

  /// Makes the folders, looks for homes, and removes the folders.
  func find(_ folders: [String], _ variables: [String: String] = [:]) throws -> AgentHomes {
    for folder in folders {
      try FileManager.default.createDirectory(
        atPath: home + "/" + folder,
        withIntermediateDirectories: true
      )
    }
    defer { try? FileManager.default.removeItem(atPath: home) }
    let all = variables.merging(["HOME": home]) { first, _ in first }
    return try #require(AgentHomes { all[$0] })
  }

  func below(_ names: String...) -> [String] { names.map { home + "/" + $0 } }

  @Test("Without variables they are below the home of the person")
  func defaults() throws {
    let homes = try find([
      ".config/claude/projects", ".claude/projects", ".codex/sessions", ".gemini/tmp",
      ".qwen/projects", ".pi/agent/sessions", ".kimi-code/sessions",
      ".openhands/conversations",
    ])
    #expect(
      homes.found
        == below(
          ".config/claude/projects",
          ".claude/projects",
          ".codex/sessions",
          ".gemini/tmp",
          ".kimi-code/sessions",
          ".openhands/conversations",
          ".pi/agent/sessions",
          ".qwen/projects"
        )
    )
    #expect(
      homes.missing
        == below(
          ".gemini/antigravity/brain",
          ".gemini/antigravity-cli/brain",
          ".gemini/antigravity-ide/brain",
          "Library/Application Support/Claude/local-agent-mode-sessions",
          ".config/Claude/local-agent-mode-sessions",
          ".codex/archived_sessions",
          ".copilot/session-state",
          ".kimi/sessions",
          ".openhands/sessions"
        )
    )
  }

  @Test("Claude Desktop keeps the sessions of its agent mode in a folder of its own")
  func desktop() throws {
    let mac = "Library/Application Support/Claude/local-agent-mode-sessions"
    let homes = try find(
      [mac, "xdg/Claude/local-agent-mode-sessions"],
      ["XDG_CONFIG_HOME": home + "/xdg"]
    )
    #expect(homes.found == below(mac, "xdg/Claude/local-agent-mode-sessions"))
    #expect(homes.homes.filter(\.isThere).map(\.agent) == ["Claude Desktop", "Claude Desktop"])
  }

  @Test("Claude Code's variable may name several folders, and rules out the others")
  func claude() throws {
    let variable = "\(home)/one, ~/two/,\(home)/none"
    let homes = try find(
      ["one/projects", "two/projects", ".claude/projects"],
      ["CLAUDE_CONFIG_DIR": variable]
    )
    #expect(homes.found == below("one/projects", "two/projects"))
    #expect(homes.missing.contains(home + "/none/projects"))
    let comma = try find(["a,b/projects"], ["CLAUDE_CONFIG_DIR": home + "/a,b"])
    #expect(comma.found == below("a,b/projects"), "a folder with a comma in its name")
  }

  @Test("Qwen Code's chats are where it is told to write as it runs, else in its own folder")
  func qwen() throws {
    let own = try find(["own/projects"], ["QWEN_HOME": home + "/own"])
    #expect(own.found == below("own/projects"))
    let running = try find(
      ["own/projects", "run/projects"],
      ["QWEN_HOME": home + "/own", "QWEN_RUNTIME_DIR": "~/run"]
    )
    #expect(running.found == below("run/projects"))
  }

  @Test("OpenHands may keep its conversations elsewhere than the rest")
  func openHands() throws {
    let folders = ["own/sessions", "own/conversations", "talks"]
    let own = try find(folders, ["OPENHANDS_PERSISTENCE_DIR": home + "/own"])
    #expect(own.found == below("own/sessions", "own/conversations"))
    let apart = try find(folders, ["OPENHANDS_CONVERSATIONS_DIR": home + "/talks"])
    #expect(apart.found == below("talks"))
  }

  @Test("A configuration folder that is not absolute is not used")
  func relative() throws {
    let other = try find(["xdg/claude/projects"], ["XDG_CONFIG_HOME": home + "/xdg"])
    #expect(other.found == below("xdg/claude/projects"))
    let relative = try find([".config/claude/projects"], ["XDG_CONFIG_HOME": "xdg"])
    #expect(relative.found == below(".config/claude/projects"))
  }

  @Test("Each agent goes by its own variable")
  func variables() throws {
    let homes = try find(
      [
        "c/sessions", "c/archived_sessions", "g/.gemini/tmp", "p/sessions", "k/sessions",
        "o/sessions",
      ],
      [
        "CODEX_HOME": home + "/c", "GEMINI_CLI_HOME": home + "/g",
        "PI_CODING_AGENT_DIR": home + "/p", "KIMI_CODE_HOME": home + "/k",
        "KIMI_SHARE_DIR": home + "/o",
      ]
    )
    #expect(
      homes.found
        == below(
          "c/sessions",
          "c/archived_sessions",
          "g/.gemini/tmp",
          "o/sessions",
          "k/sessions",
          "p/sessions"
        )
    )
  }

  @Test("Without a home nobody knows where to look")
  func homeless() {
    let homes = AgentHomes { _ in nil }
    #expect(homes == nil)
  }
}
