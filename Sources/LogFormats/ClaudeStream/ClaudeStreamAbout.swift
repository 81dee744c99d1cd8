extension FormatAbout {
  static let claudeStream = FormatAbout(
    "claude -p --output-format stream-json",
    tells: [
      "Turns with their tokens and costs by model, as the agent sums them.",
      "Calls, results and sub-agents.",
      "How the process ended.",
    ],
    cannotTell: [
      "The times of frames in versions before 2.1.270.",
      "Prompts, unless they are replayed.",
      "Which of a turn's tokens a sub-agent used beyond its own frames.",
    ]
  )
}
