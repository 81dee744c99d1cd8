internal import Events

/// How a store is: whether it serves, how far the digests are behind, and what went wrong.
///
/// ```swift
/// let health = store.health()
/// if !health.isAccepting || health.backlog.events > 100_000 { alarm(health.json) }
/// ```
public struct LiveHealth: Sendable, Hashable {
  /// A run that cannot be folded, which is tried again ever less often and holds up no other.
  public struct StalledRun: Sendable, Hashable {
    /// The run.
    public let run: String
    /// Why, in one sentence.
    public let reason: String
    /// How often it was tried.
    public let attempts: Int
  }

  /// An error that was not a caller's own fault.
  public struct Problem: Sendable, Hashable {
    /// What was being done: `append`, `end`, `fold`, `checkpoint` or `read`.
    public let work: String
    /// The kind of failure, as ``StoreError/code-swift.property`` names it.
    public let code: String
    /// One sentence.
    public let message: String
    /// When it last happened.
    public let lastTs: Timestamp
    /// How often in a row.
    public let count: Int
  }

  /// What is handed over to be written and not yet written.
  public struct WaitingAppends: Sendable, Hashable {
    /// Events inside.
    public var events = 0
    /// Their bytes.
    public var bytes = 0
    /// Callers that wait for room.
    public var callersWaiting = 0
  }

  /// Whether reads are served: from the moment that `open` returned until `close`.
  public internal(set) var isReady = true
  /// Whether appends are taken at once: the store is open, and nobody waits for room.
  public internal(set) var isAccepting = true
  /// Whether what an earlier process left is still being folded.
  public internal(set) var isCatchingUp = false
  /// What is not folded yet.
  public internal(set) var backlog = Backlog()
  /// The age of the oldest event that is not folded, by the store's clock; 0 if there is none.
  public internal(set) var oldestAge: Duration = .zero
  /// What waits to be written.
  public internal(set) var waitingAppends = WaitingAppends()
  /// The size of the write-ahead log.
  public internal(set) var walBytes: Int64 = 0
  /// Runs that cannot be folded.
  public internal(set) var stalled: [StalledRun] = []
  /// The last errors, the latest first; at most eight.
  public internal(set) var lastProblems: [Problem] = []
  /// How long the fold has worked since the store was opened, without waiting.
  public internal(set) var foldWork: Duration = .zero
  /// How long it has waited for its turn to write.
  public internal(set) var foldWait: Duration = .zero

  /// The health as one JSON object.
  public var json: String {
    var json = JSONWriter()
    write(to: &json)
    return json.text
  }

  /// Writes the health of an open store; `digest-ctl health --json`, which opens none, prints
  /// ``StoreState`` instead.
  package func write(to json: inout JSONWriter) {
    json.object { json in
      json.member("ready", isReady)
      json.member("accepting", isAccepting)
      json.member("catching_up", isCatchingUp)
      json.object("backlog") { json in
        json.member("runs", Int64(backlog.runs))
        json.member("events", backlog.events)
        json.member("oldest_age_ms", oldestAge.milliseconds)
      }
      json.object("waiting_appends") { json in
        json.member("events", Int64(waitingAppends.events))
        json.member("bytes", Int64(waitingAppends.bytes))
        json.member("callers_waiting", Int64(waitingAppends.callersWaiting))
      }
      json.member("wal_bytes", walBytes)
      json.object("fold") { json in
        json.member("work_ms", foldWork.milliseconds)
        json.member("wait_ms", foldWait.milliseconds)
      }
      json.array("stalled") { json in
        for run in stalled {
          json.object { json in
            json.member("run", run.run)
            json.member("reason", run.reason)
            json.member("attempts", Int64(run.attempts))
          }
        }
      }
      json.array("last_problems") { json in
        for problem in lastProblems {
          json.object { json in
            json.member("work", problem.work)
            json.member("code", problem.code)
            json.member("message", problem.message)
            json.member("last_ts", problem.lastTs)
            json.member("count", Int64(problem.count))
          }
        }
      }
    }
  }
}

extension Duration {
  fileprivate var milliseconds: Int64 {
    components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000
  }
}
