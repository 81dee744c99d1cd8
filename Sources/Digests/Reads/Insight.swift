package import Events
public import Folding

/// All that is known of a run, read from one row whatever the length of the run.
///
/// ```
/// let insight = try store.insight("agent-7")
/// print(insight.outcome.status, insight[.toolCalls], insight.lag)
/// for (tool, usage) in insight.digest.totals.tools.sorted { print(tool, usage.calls) }
/// ```
///
/// The ``facts`` and the counters are read at once. Maps by model, tool or class of errors are opened
/// when ``digest`` or ``family`` is first used, for about as much as the read itself cost, and kept; the
/// row was compared with its checksum when it was read, so that this cannot fail.
@dynamicMemberLookup
public struct Insight: Sendable {
  /// The name of the run.
  public let run: String
  /// The seq of the last event in the log.
  public let head: Int64
  package let stored: StoredDigest
  /// The sum of the family; `nil` if the digest itself is that.
  let familySum: Totals?

  /// What the digest says in single values; they can be asked of the insight itself.
  public var facts: DigestFacts { stored.facts }

  /// The digest, which covers the events up to its watermark.
  public var digest: Digest { stored.digest }

  /// The sum over the run and all runs that it started, and those that they started.
  public var family: Totals { familySum ?? digest.totals.familyPart }

  /// How many events of the log are not folded yet.
  public var lag: Int64 { head - stored.facts.watermark }

  /// How many turns there are, the open one included.
  public var turnCount: Int64 { stored.counters.closedTurns + (stored.facts.isTurnOpen ? 1 : 0) }

  /// One of the counters.
  public subscript(counter: DigestCounter) -> Int64 { stored.counters[counter] }

  /// Whether some event could not be read whole.
  public var isDegraded: Bool { stored.counters[.quarantined] > 0 }

  /// Counters that are read together, for example `insight.cost`.
  public subscript<Value>(dynamicMember group: KeyPath<Counters, Value>) -> Value {
    stored.counters[keyPath: group]
  }

  /// One of the ``facts``.
  public subscript<Value>(dynamicMember fact: KeyPath<DigestFacts, Value>) -> Value {
    stored.facts[keyPath: fact]
  }

  /// Writes the insight as `digest-ctl insight --json` prints it; `cost` writes the members that
  /// say what totals cost.
  package func write(to json: inout JSONWriter, cost: (Totals, inout JSONWriter) -> Void) {
    let digest = digest
    let family = family
    json.object { json in
      json.member("run", run)
      digest.writeMembers(to: &json) { json in
        json.member("schema_version", Digest.version)
        json.member("watermark", digest.watermark)
        json.member("head", head)
        json.member("lag", lag)
      } cost: { json in
        json.object("cost") { json in
          cost(digest.totals, &json)
          json.money("agent_usd", digest.agentNanoUSD)
        }
      } family: { json in
        json.object("family") { json in
          json.member("runs", family[.runs])
          json.object("cost") { json in cost(family, &json) }
          family.writeModels(to: &json)
        }
      }
    }
  }
}
