extension FormatAbout {
  static let claudeCode = FormatAbout(
    "Claude Code",
    homes: [
      Home(
        "Claude Code",
        "${CLAUDE_CONFIG_DIR:-${XDG_CONFIG_HOME:-~/.config}/claude}/projects"
      ),
      Home("Claude Code", "${CLAUDE_CONFIG_DIR:-~/.claude}/projects"),
      Home("Claude Desktop", "~/Library/Application Support/Claude/local-agent-mode-sessions"),
      Home(
        "Claude Desktop",
        "${XDG_CONFIG_HOME:-~/.config}/Claude/local-agent-mode-sessions"
      ),
    ],
    tells: [
      "Prompts, words, thoughts, calls and results, with their times.",
      "The tokens of each request by model, and sub-agents as runs of their own.",
      "What a person refused, and what an interrupt cancelled.",
      "How long the agent worked on a turn, in logs of a terminal: the rest was waiting.",
    ],
    cannotTell: [
      "When a session is over.",
      "How long a request took to its first output.",
      "The output tokens of versions 2.0 to about 2.1.56, which logged placeholders.",
      "Single waits for a permission.",
      "Hidden requests, except in the sum that newer versions write at the end.",
    ],
    companions: [
      Companion("history.jsonl", "the prompts that were typed"),
      Companion("sessions-index.json", "a list of sessions"),
      Companion("stats-cache.json", "sums that the agent keeps for itself"),
      Companion("*.meta.json", "the name of a sub-agent"),
      Companion("journal.jsonl", "the steps of a workflow"),
      Companion("settings.json", "settings"),
      Companion("settings.local.json", "settings"),
      Companion("cowork_settings.json", "settings"),
      Companion("local_*.json", "the state of a window"),
    ]
  )
}
