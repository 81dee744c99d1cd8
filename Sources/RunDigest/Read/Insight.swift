package import Events
public import Folding

/// All that is known of a run, read from one row whatever the length of the run.
///
/// ```
/// let insight = try store.insight("agent-7")
/// print(insight.digest.outcome.status, insight.lag)
/// ```
public struct Insight: Sendable {
  /// The name of the run.
  public let run: String
  /// The seq of the last event in the log.
  public let head: Int64
  /// The digest, which covers the events up to its watermark.
  public let digest: Digest
  /// The sum over a run that has helpers.
  let familySum: Totals?

  /// The sum over the run and all runs that it started, and those that they started.
  public var family: Totals { familySum ?? digest.totals.familyPart }

  /// How many events of the log are not folded yet.
  public var lag: Int64 { head - digest.watermark }

  /// Writes the insight as `digest-ctl insight --json` prints it.
  package func write(to json: inout JSONWriter, estimate: (NameMap<ModelUsage>) -> CostEstimate) {
    json.object { json in
      json.member("run", run)
      digest.writeMembers(to: &json) { json in
        json.member("schema_version", Digest.version)
        json.member("watermark", digest.watermark)
        json.member("head", head)
        json.member("lag", lag)
      } cost: { json in
        json.object("cost") { json in
          estimate(digest.totals.models).write(reported: digest.totals.cost, to: &json)
        }
      } family: { json in
        json.object("family") { json in
          json.member("runs", family.runs)
          json.object("cost") { json in
            estimate(family.models).write(reported: family.cost, to: &json)
          }
          family.writeModels(to: &json)
        }
      }
    }
  }
}
