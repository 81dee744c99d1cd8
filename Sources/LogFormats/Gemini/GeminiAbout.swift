extension FormatAbout {
  static let gemini = FormatAbout(
    "Gemini CLI",
    homes: [Home("Gemini CLI", "${GEMINI_CLI_HOME:-~}/.gemini/tmp")],
    tells: [
      "Prompts, words, thoughts, calls and results, with their times.",
      "The tokens of each request by model, and sub-agents as runs of their own.",
    ],
    cannotTell: [
      "When a turn or a session is over.",
      "Why the model stopped.",
      "How long a call waited for a person.",
    ],
    companions: [
      Companion("logs.json", "the prompts that were typed"),
      Companion("checkpoint*.json", "a conversation saved by hand, without times"),
      Companion("projects.json", "a list of projects"),
    ]
  )

  static let geminiStream = FormatAbout(
    "gemini --output-format stream-json",
    tells: ["Calls and results, with their times.", "The tokens of the process by model."],
    cannotTell: ["Single requests: the last frame has one sum.", "Thoughts."]
  )
}
