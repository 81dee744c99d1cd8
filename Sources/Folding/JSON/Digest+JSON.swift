package import Events

/// A digest as JSON prints it. The keys and their order are a stable interface.
extension Digest {
  /// Writes the members that stand in the digest itself, from `session` to `outcome`.
  ///
  /// What only the store knows is written by `insert` where it belongs: after the identity the
  /// head of the log, after the totals the cost and the family.
  package func writeMembers(
    to json: inout JSONWriter,
    afterIdentity head: (inout JSONWriter) -> Void,
    cost: (inout JSONWriter) -> Void,
    family: (inout JSONWriter) -> Void
  ) {
    json.member("session", facts.session)
    json.member("agent", facts.agent)
    json.member("model", facts.model)
    json.member("project", facts.project)
    json.member("host", facts.host)
    json.member("parent_run", facts.parentRun)
    json.member("title", facts.title)
    json.member("forked_from", facts.forkedFrom)
    json.member("repository", facts.repository)
    json.member("branch", facts.branch)
    json.member("commit", facts.commit)
    json.member("agent_type", facts.agentType)
    json.member("team", facts.team)
    head(&json)
    totals.writeCounters([.eventCount], to: &json)
    totals.writeKinds(to: &json)
    json.member("first_ts", facts.firstTs)
    json.member("last_ts", facts.lastTs)
    json.member("span_ms", totals.time.spanMicros / 1000)
    json.member("active_ms", totals[.activeMicros] / 1000)
    totals.time.write(to: &json)
    json.object("turns") { json in
      json.member("count", turnCount)
      json.member("open", Int64(facts.isTurnOpen ? 1 : 0))
      totals.writeCounters(DigestCounter.turns, to: &json)
    }
    totals.turnLatency.write("turn_latency", to: &json)
    totals.ttft.write("ttft", to: &json)
    totals.writeModels(to: &json)
    json.object("context") { json in
      json.member("last", facts.context.last)
      json.member("max", facts.context.max)
      json.member("window", facts.context.window)
    }
    totals.writeRequests(to: &json)
    cost(&json)
    totals.writeTools(to: &json)
    totals.writeCounters(DigestCounter.tools, to: &json)
    family(&json)
    writeFindings(to: &json)
    writeLaunch(to: &json)
    writeStages(to: &json)
    json.object("trace") { json in
      json.member("trace_id", trace.ids.first?.description)
      json.member("distinct", Int64(trace.ids.count))
      json.member("malformed", trace.malformed)
    }
    json.member("tags", tags)
    json.member("notes", facts.notes)
    json.object("scores") { json in
      for (name, value) in scores.sorted { json.money(name, value) }
    }
    totals.writeCounters(DigestCounter.last, to: &json)
    json.member("degraded", isDegraded)
    json.member("sealed", facts.isSealed)
    facts.outcome.write(to: &json)
  }

  private func writeFindings(to json: inout JSONWriter) {
    json.object("errors") { json in
      json.member("count", errors.values.reduce(0) { $0 + $1.count })
      json.object("classes") { json in
        for (name, summary) in errors.sorted {
          json.object(name) { summary.writeMembers(to: &$0, withSeverity: false) }
        }
      }
    }
    json.object("issues") { json in
      json.member("count", issues.values.reduce(0) { $0 + $1.count })
      json.member("worst", issues.values.map(\.severity).max()?.word)
      json.object("classes") { json in
        for (name, summary) in issues.sorted {
          json.object(name) { summary.writeMembers(to: &$0, withSeverity: true) }
        }
      }
    }
  }

  private func writeLaunch(to json: inout JSONWriter) {
    json.object("launch") { json in
      for (name, flow) in launch.sorted {
        json.object(name) { json in
          json.array("phases") { json in
            for (phase, steps) in flow.phases.entries {
              json.object { json in
                json.member("phase", phase)
                steps.writeMembers(to: &json)
              }
            }
          }
          json.member("total_ms", flow.totalMs)
        }
      }
    }
  }

  private func writeStages(to json: inout JSONWriter) {
    json.object("stages") { json in
      for (name, stage) in stages.sorted {
        json.object(name) { stage.writeMembers(to: &$0) }
      }
    }
  }
}

extension LaunchPhase {
  package func writeMembers(to json: inout JSONWriter) {
    json.member("steps", steps)
    json.member("total_ms", totalMs)
    json.member("last_ms", lastMs)
    json.member("max_ms", maxMs)
  }
}

extension StageUsage {
  package func writeMembers(to json: inout JSONWriter) {
    json.member("count", count)
    json.member("queue_ms", queueMs)
    latency.write("latency", to: &json)
  }
}

extension FindingSummary {
  fileprivate func writeMembers(to json: inout JSONWriter, withSeverity: Bool) {
    json.member("count", count)
    if withSeverity { json.member("severity", severity.word) }
    json.object("first") { first.writeMembers(to: &$0) }
    json.object("last") { last.writeMembers(to: &$0) }
  }
}

extension Anchor {
  fileprivate func writeMembers(to json: inout JSONWriter) {
    json.member("seq", seq)
    json.member("ordinal", ordinal)
    json.member("ts", ts)
    json.member("label", label)
  }
}

extension Outcome {
  fileprivate func write(to json: inout JSONWriter) {
    json.object("outcome") { json in
      json.member("status", status.rawValue)
      json.member("cause", cause?.rawValue)
      json.member("by", by)
      json.member("reason", reason)
      json.member("exit_code", exitCode)
      json.member("verdict", verdict?.rawValue)
      json.member("last_turn_status", lastTurnStatus?.rawValue)
      json.member("interrupted", interrupted)
      json.member("ended_at", endedAt)
    }
  }
}
