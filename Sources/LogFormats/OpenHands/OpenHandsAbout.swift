extension FormatAbout {
  static let openHands = FormatAbout(
    "OpenHands",
    homes: [
      Home("OpenHands", "${OPENHANDS_PERSISTENCE_DIR:-~/.openhands}/sessions"),
      Home(
        "OpenHands",
        "${OPENHANDS_CONVERSATIONS_DIR:-${OPENHANDS_PERSISTENCE_DIR:-~/.openhands}/conversations}"
      ),
    ],
    tells: [
      "Prompts, words, calls and results, with their times.",
      "How tokens and costs grew; each request where the state of the conversation is there.",
      "Calls that waited for a person's confirmation.",
    ],
    cannotTell: [
      "The time zone: times are read as UTC.",
      "Whose sub-agent a conversation is.",
      "The conversation's id outside of its folder.",
    ],
    companions: [
      Companion("meta.json", "the state of a conversation"),
      Companion("metadata.json", "the state of a conversation"),
    ]
  )
}
