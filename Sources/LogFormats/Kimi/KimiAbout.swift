extension FormatAbout {
  static let kimi = FormatAbout(
    "Kimi Code",
    homes: [
      Home("Kimi Code", "${KIMI_CODE_HOME:-~/.kimi-code}/sessions"),
      Home("Kimi CLI", "${KIMI_SHARE_DIR:-~/.kimi}/sessions"),
    ],
    tells: [
      "Prompts, words, thoughts, calls and results, with their times.",
      "The tokens of each request, and sub-agents as runs of their own.",
    ],
    cannotTell: [
      "When a session is over.",
      "Which sub-agent called a sub-agent.",
      "The model and the folder, to logs of Kimi CLI.",
    ],
    companions: [
      Companion("context*.jsonl", "the messages as they are sent to the model"),
      Companion("state.json", "the state of a session"),
      Companion("metadata.json", "the state of a session"),
    ]
  )
}
