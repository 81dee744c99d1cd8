extension FormatAbout {
  static let copilot = FormatAbout(
    "Copilot CLI",
    homes: [Home("Copilot CLI", "${COPILOT_HOME:-~/.copilot}/session-state")],
    tells: [
      "Prompts, words, calls and results, with their times.",
      "Output tokens of each reply; all tokens by model, when a process shuts down.",
      "What a person was asked, and the answer; sub-agents as runs of their own.",
      "What the program says it cost, in units that are a cent each.",
    ],
    cannotTell: [
      "Input tokens of a process that was killed, and of what a rewind took back.",
      "Input tokens of single requests: a shutdown has their sum.",
    ],
    companions: [
      Companion("vscode.metadata.json", "what the editor knows of a session"),
      Companion("index.json", "the states of files that a rewind goes back to"),
    ]
  )
}
