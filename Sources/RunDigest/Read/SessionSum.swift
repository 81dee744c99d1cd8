package import Events
public import Folding

/// The sum over exactly the events that were stamped with a session, whatever runs they are in.
public struct SessionSum: Sendable {
  /// The session.
  public let session: String
  /// The ordinal of its last event in the log.
  public let head: Int64
  /// The sum.
  public let totals: Totals

  /// How many of its events are not folded yet.
  public var lag: Int64 { head - totals.eventCount }

  /// Writes the sum as `digest-ctl session --json` prints it.
  package func write(to json: inout JSONWriter, estimate: (NameMap<ModelUsage>) -> CostEstimate) {
    json.object { json in
      json.member("session", session)
      json.member("schema_version", Digest.version)
      json.member("head", head)
      json.member("lag", lag)
      totals.writeMembers(to: &json) { json in
        json.object("cost") { json in
          estimate(totals.models).write(reported: totals.cost, to: &json)
        }
      }
    }
  }
}
