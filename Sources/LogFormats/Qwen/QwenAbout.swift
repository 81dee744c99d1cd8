extension FormatAbout {
  static let qwen = FormatAbout(
    "Qwen Code",
    homes: [Home("Qwen Code", "${QWEN_RUNTIME_DIR:-${QWEN_HOME:-~/.qwen}}/projects")],
    tells: [
      "Prompts, words, thoughts, calls and results, with their times.",
      "The tokens of each request by model, those of summaries and sub-agents too.",
    ],
    cannotTell: [
      "When a session is over.",
      "When a turn is over, except where a client says it.",
      "Which sub-agent called a sub-agent.",
      "Chats that are kept as transactions.",
    ],
    companions: [
      Companion("logs.json", "the prompts that were typed"),
      Companion("*.meta.json", "the name of a sub-agent"),
    ]
  )
}
