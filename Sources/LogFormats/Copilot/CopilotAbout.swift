extension FormatAbout {
  static let copilot = FormatAbout(
    "Copilot CLI",
    homes: [Home("Copilot CLI", "${COPILOT_HOME:-~/.copilot}/session-state")],
    tells: [
      "Prompts, words, calls and results, with their times.",
      "Output tokens of each reply; all tokens of a process by model, when it shuts down.",
      "What a person was asked, and the answer.",
    ],
    cannotTell: [
      "Input tokens of a process that was killed.",
      "Money.",
      "Sub-agents as runs of their own.",
    ]
  )
}
