extension FormatAbout {
  static let codex = FormatAbout(
    "Codex",
    homes: [
      Home("Codex", "${CODEX_HOME:-~/.codex}/sessions"),
      Home("Codex", "${CODEX_HOME:-~/.codex}/archived_sessions"),
    ],
    tells: [
      "Prompts, words, calls and results, with their times.",
      "The tokens, model and service tier of each request, and the time to a turn's first output.",
      "How long calls took by themselves, and how long a call out of the sandbox waited for a person.",
      "Forks, reviews and spawned threads, with the history that they have copied.",
      "Repository, branch and commit.",
    ],
    cannotTell: [
      "When a thread is over.",
      "Errors and ends of turns in versions before about 0.104.",
      "The exit code of a command whose output does not say it.",
      "Whether a person was asked, if the command did not ask to leave the sandbox.",
    ],
    companions: [
      Companion("history.jsonl", "the prompts that were typed"),
      Companion("session_index.jsonl", "a list of sessions"),
    ]
  )

  static let codexExec = FormatAbout(
    "codex exec --json",
    tells: [
      "Turns with their tokens, calls and results, over all processes of a thread.",
      "How the process ended.",
    ],
    cannotTell: ["Any time.", "The model.", "Prompts.", "Single requests: a turn has one sum."]
  )
}
