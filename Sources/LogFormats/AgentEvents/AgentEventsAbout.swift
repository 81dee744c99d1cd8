extension FormatAbout {
  static let agentEvents = FormatAbout(
    "Rows of an agent hub's event table",
    tells: [
      "Events with their times, as the hub has folded them.",
      "Turns with their tokens and costs by model.",
      "Agent, team, host and project, where the rows name them.",
    ],
    cannotTell: [
      "Which agent started a sub-agent: its frames are only flagged.",
      "Which request a count of tokens is for.",
    ]
  )
}
