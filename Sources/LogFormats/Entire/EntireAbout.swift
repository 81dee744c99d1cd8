extension FormatAbout {
  static let entire = FormatAbout(
    "Entire's compact transcripts",
    tells: [
      "Prompts, words, calls and results of another agent's session, with their times.",
      "Input and output tokens of Claude Code's messages.",
    ],
    cannotTell: [
      "The session and the model.",
      "Cached tokens, and all tokens of other agents.",
      "How long calls took.",
      "How a call came back that has no result: it counts as a success.",
    ]
  )
}
