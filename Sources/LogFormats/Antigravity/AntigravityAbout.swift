extension FormatAbout {
  static let antigravity = FormatAbout(
    "Antigravity",
    homes: ["antigravity", "antigravity-cli", "antigravity-ide"].map { name in
      Home("Antigravity", "${GEMINI_CLI_HOME:-~}/.gemini/\(name)/brain")
    },
    tells: ["Prompts, words, thoughts, calls and results, with their times in seconds."],
    cannotTell: [
      "Tokens and costs.",
      "The model, except by the name that a person chose it by.",
      "Refusals.",
      "When a conversation is over.",
    ]
  )
}
