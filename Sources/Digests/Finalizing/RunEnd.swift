public import Events

/// How a run is to be ended: what the terminal event will say.
public struct RunEnd: Sendable, Hashable {
  /// What ends it.
  public var cause: EndCause
  /// Who ends it.
  public var by: String?
  /// Why.
  public var reason: String?
  /// The exit code of its process.
  public var exitCode: Int64?
  /// What became of the task.
  public var verdict: Verdict?
  /// When it ended; `nil` means now.
  public var ts: Timestamp?

  /// Describes an end.
  public init(
    _ cause: EndCause,
    by: String? = nil,
    reason: String? = nil,
    exitCode: Int64? = nil,
    verdict: Verdict? = nil,
    ts: Timestamp? = nil
  ) {
    self.cause = cause
    self.by = by
    self.reason = reason
    self.exitCode = exitCode
    self.verdict = verdict
    self.ts = ts
  }

  package func event(session: String?, id: String?) -> Event {
    var json = JSONWriter()
    json.object { json in
      json.member("cause", cause.rawValue)
      json.member("by", ifPresent: by)
      json.member("reason", ifPresent: reason)
      json.member("exit_code", ifPresent: exitCode)
      json.member("verdict", ifPresent: verdict?.rawValue)
    }
    return Event(
      "run.ended",
      payload: Payload(unchecked: json.takeBytes()),
      ts: ts,
      producer: .system,
      session: session,
      id: id
    )
  }
}
