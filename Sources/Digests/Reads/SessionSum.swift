public import Events
public import Folding

/// The sum over exactly the events that were stamped with a session, whatever runs they are in.
public struct SessionSum: Sendable {
  /// The session.
  public let session: String
  /// The ordinal of its last event in the log.
  public let head: Int64
  /// The runs that events of the session are in, in the order of their first event there.
  public let runIDs: [String]
  /// The least time of its events, `nil` if none of them moves the clock of its run.
  public let firstTs: Timestamp?
  /// The greatest time of its events.
  public let lastTs: Timestamp?
  /// The sum.
  ///
  /// Its ``DigestCounter/runs`` are those that began in the session.
  public let totals: Totals

  /// How many of its events are not folded yet.
  public var lag: Int64 { head - totals[.eventCount] }

  /// Writes the sum as `digest-ctl session --json` prints it; `cost` writes the members that say
  /// what totals cost.
  package func write(to json: inout JSONWriter, cost: (Totals, inout JSONWriter) -> Void) {
    json.object { json in
      json.member("session", session)
      json.member("schema_version", Digest.version)
      json.member("head", head)
      json.member("lag", lag)
      json.member("runs", runIDs.count)
      json.member("run_ids", runIDs)
      json.member("first_ts", firstTs)
      json.member("last_ts", lastTs)
      totals.writeFigures(to: &json) { json in
        json.object("cost") { json in cost(totals, &json) }
      }
    }
  }
}
