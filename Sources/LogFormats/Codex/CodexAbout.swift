extension FormatAbout {
  static let codex = FormatAbout(
    "Codex",
    homes: [
      Home("Codex", "${CODEX_HOME:-~/.codex}/sessions"),
      Home("Codex", "${CODEX_HOME:-~/.codex}/archived_sessions"),
    ],
    tells: [
      "Prompts, words, calls and results, with their times.",
      "The tokens of each request, and the time to a turn's first output.",
      "Forks, reviews and spawned threads.",
    ],
    cannotTell: [
      "When a thread is over.",
      "Errors and ends of turns in versions before about 0.104.",
      "The exit code of a command whose output does not say it.",
    ],
    companions: [
      Companion("history.jsonl", "the prompts that were typed"),
      Companion("session_index.jsonl", "a list of sessions"),
    ]
  )

  static let codexExec = FormatAbout(
    "codex exec --json",
    tells: ["Turns with their tokens, calls and results.", "How the process ended."],
    cannotTell: ["Any time.", "The model.", "Single requests: a turn has one sum."]
  )
}
