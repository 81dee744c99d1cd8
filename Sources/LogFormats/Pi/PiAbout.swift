extension FormatAbout {
  static let pi = FormatAbout(
    "pi",
    homes: [Home("pi", "${PI_CODING_AGENT_DIR:-~/.pi/agent}/sessions")],
    tells: [
      "Prompts, words, thoughts, calls and results, with their times.",
      "The tokens and the cost of each request.",
      "All branches of a session.",
    ],
    cannotTell: ["When a session is over.", "How long a call waited for a person."]
  )
}
