internal import Events

/// What the header of a rollout says of its thread.
struct CodexFacts: Codable {
  /// The thread whose agent started this one.
  var parent: String?
  /// The thread whose history this one begins with.
  var forkedFrom: String?
  var session: String?
  /// When the thread was made, in milliseconds.
  var createdMs: Int64?
  /// The first line that is the thread's own, where the header says so.
  var ownOrdinal: Int64?
  /// Whether the thread's history stays where it is, and none of it is copied.
  var hasBase = false
  /// Whether the version of the program records each request.
  var hasUsageRecords = false
  var version: String?
  var run = RunFacts(agent: "codex")

  init() {}

  init(_ meta: JSONObject, thread: String, ts: Timestamp?) {
    let agent = meta["source"]?["subagent"]
    let spawn = JSONObject(agent?["thread_spawn"])
    forkedFrom = meta.text("forked_from_id").flatMap { $0 == thread ? nil : $0 }
    parent = meta.text("parent_thread_id") ?? spawn?.text("parent_thread_id")
    // A fork that a person made stands for itself; one that is a sub-agent belongs to its origin.
    if agent != nil { parent = parent ?? forkedFrom }
    if parent == thread { parent = nil }
    session = meta.text("session_id") ?? parent
    let stamp = meta.text("timestamp").flatMap { Timestamp($0) } ?? ts
    createdMs = CodexUUID.milliseconds(thread) ?? stamp.map { $0.microseconds / 1000 }
    let base = meta.object("history_base")
    hasBase = base != nil
    ownOrdinal =
      meta.count("subagent_history_start_ordinal") ?? base?.count("end_ordinal_exclusive")
    version = meta.text("cli_version")
    hasUsageRecords = Self.isAtLeast153(version)
    take(meta, agentType: agent?.text ?? spawn?.text("agent_role") ?? agent?["other"]?.text)
  }

  private mutating func take(_ meta: JSONObject, agentType: String?) {
    run.project = meta.text("cwd")
    run.parent = parent.map { CodexThread.run($0) }
    run.forkedFrom = forkedFrom.map { CodexThread.run($0) }
    run.version = version
    run.entrypoint = meta.text("originator")
    run.agentType = agentType
    let git = meta.object("git")
    run.repository = git?.text("repository_url")
    run.branch = git?.text("branch")
    run.commit = git?.text("commit_hash")
  }

  /// From this version on each response has a record of its usage.
  private static func isAtLeast153(_ version: String?) -> Bool {
    let numbers = (version ?? "").split { $0 == "." || $0 == "-" }.prefix(2).map { Int($0) ?? 0 }
    guard numbers.count == 2 else { return false }
    return (numbers[0], numbers[1]) >= (0, 153)
  }
}
