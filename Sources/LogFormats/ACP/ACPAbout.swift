extension FormatAbout {
  static let acp = FormatAbout(
    "Agent Client Protocol",
    tells: [
      "Prompts, words, thoughts, calls and results.",
      "The tokens of each turn, where the agent reports them, and the cost of the session.",
      "What a person was asked, and the answer.",
    ],
    cannotTell: [
      "Times, except where a line has one.",
      "Single requests: a turn has one sum.",
      "The model, unless the agent offers a choice of models.",
      "Sub-agents.",
      "When the agent's process is over.",
    ]
  )
}
