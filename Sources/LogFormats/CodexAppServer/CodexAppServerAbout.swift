extension FormatAbout {
  static let codexAppServer = FormatAbout(
    "Messages of codex app-server",
    tells: [
      "Threads with their turns, calls and results.",
      "The tokens of each request.",
      "What a person was asked, and the answer.",
    ],
    cannotTell: [
      "Times, except where a message, its item or its turn has one.",
      "The model, if the client's requests are not recorded.",
      "When a thread is over.",
    ]
  )
}
