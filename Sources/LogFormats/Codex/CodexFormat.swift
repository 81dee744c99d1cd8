internal import Events

extension LogFormat {
  /// The rollouts that OpenAI Codex keeps below `~/.codex/sessions`.
  package static let codex = LogFormat(
    name: "codex",
    about: .codex,
    importer: CodexImporter.self,
    readingKey: { line, key in
      usualReadingKey(line, &key)
      // A fork is made after what it has copied was lived, if only by less than a millisecond.
      let header = line["type"]?.equals("session_meta") == true ? line.object("payload") : nil
      if header?["forked_from_id"] != nil || header?["history_base"] != nil { key.isCopy = true }
    }
  ) { line in
    if line["record_type"]?.equals("state") == true { return .certain }
    guard let type = line["type"] else {
      // The first line of a very old rollout is a bare header, by which alone it is known: the items
      // behind it are those of many programs.
      let isHeader = line.text("id") != nil && line.text("timestamp") != nil
      return isHeader && line.has("instructions") && line["kind"] == nil ? .certain : .unknown
    }
    if let payload = line["payload"], payload.isObject {
      let isOwn =
        (type.equals("session_meta") && (payload["id"] ?? payload["session_id"]) != nil)
        || (type.equals("turn_context") && payload["model"] != nil)
        || (type.equals("response_item") && payload["type"] != nil)
        || (type.equals("event_msg") && payload["type"] != nil)
      return isOwn && line["timestamp"] != nil ? .certain : .unknown
    }
    return .unknown
  }

  /// What `codex exec --json` prints.
  package static let codexExec = LogFormat(
    name: "codex-exec",
    about: .codexExec,
    importer: CodexExecImporter.self,
    readingKey: { line, key in
      // The logs of one thread have no times, but each goes on from the total of the one before.
      if key.thread.isEmpty, let thread = line.text("thread_id") { key.thread = thread }
      guard key.count == 0, let usage = CodexCounts(line["usage"]) else { return }
      key.count = usage.input + usage.output
    }
  ) { line in
    guard let type = line.text("type") else { return .unknown }
    switch type {
    case "thread.started": return line.text("thread_id") != nil ? .certain : .unknown
    case "turn.completed" where line["usage"]?.isObject == true: return .certain
    case "turn.started", "turn.completed", "turn.failed": return .possible
    case "item.started", "item.updated", "item.completed":
      return line["item"]?["type"] != nil ? .certain : .unknown
    default: return .unknown
    }
  }
}
