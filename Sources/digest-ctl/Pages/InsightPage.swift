import Folding
import Pricing
import RunDigest

/// The digest of a run as a page for people.
struct InsightPage {
  private let insight: RunDigest.Insight
  private let pricing: CostEstimator
  private let style = Style.standard
  private let sections: TotalsSections

  init(insight: RunDigest.Insight, pricing: CostEstimator) {
    self.insight = insight
    self.pricing = pricing
    sections = TotalsSections(totals: insight.digest.totals, style: .standard)
  }

  private var digest: Digest { insight.digest }

  func print() {
    printHead()
    printOutcome()
    sections.printTime()
    sections.printTurns(count: digest.turnCount, isOpen: digest.isTurnOpen)
    sections.printModels()
    printContext()
    printCost()
    sections.printTools()
    printFindings("Errors", digest.errors)
    printFindings("Issues", digest.issues)
    printLaunch()
    printStages()
    printNotes()
  }

  private func printHead() {
    let status = digest.outcome.status.rawValue
    Output.line(
      "\(style.bold(Text.clean(insight.run)))   \(style.status(status))   "
        + style.dim(
          insight.lag == 0
            ? Units.count(insight.head, "event")
            : "\(Units.count(insight.head, "event")), the last \(Units.count(insight.lag)) not "
              + "folded yet"
        )
    )
    if let title = digest.title { Output.line(Text.clean(title)) }
    let facts = [
      digest.agent, digest.agentType, digest.model, digest.project, digest.repository,
      digest.branch.map { "branch \($0)" }, digest.commit.map { "commit \($0.prefix(12))" },
      digest.host, digest.team.map { "team \($0)" },
    ].compactMap(\.self)
    if !facts.isEmpty { Output.line(style.dim(Text.clean(facts.joined(separator: " · ")))) }
    let links = [
      digest.session.map { "session \($0)" }, digest.parentRun.map { "helper of \($0)" },
      digest.forkedFrom.map { "fork of \($0)" },
    ].compactMap(\.self)
    if !links.isEmpty { Output.line(style.dim(Text.clean(links.joined(separator: " · ")))) }
    Output.line(
      "\(LocalTime.seconds(digest.firstTs)) – \(LocalTime.secondsAndZone(digest.lastTs)), "
        + Units.duration(digest.totals.time.spanMicros / 1000)
    )
    printAnnotations()
  }

  /// Tags, scores and notes.
  private func printAnnotations() {
    var notes: [String] = []
    if !digest.tags.isEmpty { notes.append("tags " + digest.tags.joined(separator: ", ")) }
    for (name, value) in digest.scores.sorted { notes.append("\(name) \(Units.decimal(value))") }
    if digest.notes > 0 { notes.append(Units.count(digest.notes, "note")) }
    if !notes.isEmpty { Output.line(style.dim(Text.clean(notes.joined(separator: " · ")))) }
  }

  private func printOutcome() {
    let outcome = digest.outcome
    guard digest.isSealed || outcome.verdict != nil else { return }
    Output.line()
    var parts = [style.status(outcome.status.rawValue)]
    if let cause = outcome.cause { parts.append(cause.rawValue) }
    if let by = outcome.by { parts.append("by \(Text.clean(by))") }
    if let code = outcome.exitCode { parts.append("exit code \(code)") }
    if let verdict = outcome.verdict { parts.append("verdict \(verdict.rawValue)") }
    if outcome.interrupted == true { parts.append("interrupted") }
    if let ended = outcome.endedAt { parts.append(LocalTime.seconds(ended)) }
    sections.line("Outcome", parts.joined(separator: style.dim(" · ")))
    if let reason = outcome.reason { sections.more("“\(Text.clean(reason))”") }
  }

  private func printContext() {
    guard let last = digest.context.last else { return }
    var text = "context \(Units.count(last)) at last"
    if let max = digest.context.max { text += ", \(Units.count(max)) at most" }
    if let window = digest.context.window {
      text += ", of \(Units.count(window)) (\(Units.percent(last, of: window)))"
    }
    sections.more(style.dim(text))
  }

  private func printCost() {
    let costs = InsightCosts(insight, pricing)
    var parts = sections.costParts(pricing.mode, digest.totals.cost, costs.own)
    if let nano = costs.agentSum { parts.append("\(Units.money(nano)) by the agent's own sum") }
    var notes: [String] = []
    let helpers = costs.helperShare.map { nano in
      "helpers \(Units.money(nano)) (\(Units.percent(nano, of: costs.family.nanoUSD ?? 0)))"
    }
    if insight.family[.runs] > 1, costs.family.nanoUSD != nil {
      let count = Units.count(insight.family[.runs] - 1, "helper")
      let share = helpers.map { ", of which \($0)" } ?? ""
      notes.append("\(Units.cost(costs.family)) with its \(count)\(share)")
    } else if let helpers {
      notes.append("of which \(helpers)")
    }
    if let origin = digest.forkedFrom {
      notes.append(style.dim("without the history copied from \(Text.clean(origin))"))
    }
    sections.printCost(parts, notes: notes, estimate: costs.familyEstimate)
  }

  private static func permissions(_ totals: Totals) -> String {
    let answers: [(DigestCounter, String)] = [
      (.allowedPermissions, "allowed"), (.deniedPermissions, "denied"),
      (.unansweredPermissions, "unanswered"),
    ]
    let given = answers.filter { totals[$0.0] > 0 }.map { "\(Units.count(totals[$0.0])) \($0.1)" }
    let requests = Units.count(totals[.requestedPermissions], "permission request")
    return given.isEmpty ? requests : "\(requests) (\(given.joined(separator: ", ")))"
  }

  private func printFindings(_ title: String, _ findings: NameMap<FindingSummary>) {
    let count = findings.entries.reduce(0) { $0 + $1.value.count }
    guard count > 0 else { return }
    Output.line()
    sections.line(title, Units.count(count))
    var table = Table(
      [.left("CLASS"), .left("SEVERITY"), .right("COUNT"), .flexible("FIRST"), .flexible("LAST")],
      indent: TotalsSections.titleColumns + 2
    )
    for (name, summary) in findings.sorted {
      let isBad = summary.severity == .error
      table.add([
        Table.Cell(name),
        Table.Cell(summary.severity.word) { isBad ? style.bad($0) : style.warn($0) },
        Table.Cell(Units.count(summary.count)),
        Table.Cell(Self.place(summary.first)),
        Table.Cell(summary.count > 1 ? Self.place(summary.last) : ""),
      ])
    }
    table.print(style)
  }

  private static func place(_ anchor: Anchor) -> String {
    "seq \(anchor.seq)" + (anchor.label.map { ", \($0)" } ?? "")
  }

  private func printLaunch() {
    for (name, flow) in digest.launch.entries {
      Output.line()
      sections.line("Launch", "\(Text.clean(name)): \(Units.duration(flow.totalMs))")
      for (phase, steps) in flow.phases.entries {
        sections.more(
          Text.padded(Text.clean(phase), to: 24)
            + Text.padded(Units.duration(steps.totalMs), to: 13, right: true) + "  "
            + style.dim(TotalsSections.bar(steps.totalMs, of: flow.totalMs))
        )
      }
    }
  }

  private func printStages() {
    guard digest.stages.count > 0 else { return }
    Output.line()
    sections.line("Stages")
    var table = Table(
      [.flexible("STAGE"), .right("COUNT"), .right("P50"), .right("P99"), .right("QUEUED")],
      indent: TotalsSections.titleColumns + 2
    )
    for (name, stage) in digest.stages.sorted {
      table.add([
        Table.Cell(name),
        Table.Cell(Units.count(stage.count)),
        Table.Cell(Units.duration(stage.latency.percentileMs(50))),
        Table.Cell(Units.duration(stage.latency.percentileMs(99))),
        Table.Cell(Units.duration(stage.queueMs)),
      ])
    }
    table.print(style)
  }

  private func printNotes() {
    var notes: [String] = []
    let totals = digest.totals
    if totals[.retries] > 0 {
      notes.append(totals[.retries] == 1 ? "1 retry" : "\(Units.count(totals[.retries])) retries")
    }
    if totals[.rateLimits] > 0 { notes.append(Units.count(totals[.rateLimits], "rate limit")) }
    if totals[.requestedPermissions] > 0 { notes.append(Self.permissions(totals)) }
    if totals[.compactions] > 0 { notes.append(Units.count(totals[.compactions], "compaction")) }
    if totals[.lateEvents] > 0 { notes.append(Units.count(totals[.lateEvents], "late event")) }
    if totals[.quarantined] > 0 {
      notes.append(style.bad("\(Units.count(totals[.quarantined], "payload")) could not be read"))
    }
    if let trace = digest.trace.ids.first { notes.append("trace \(trace)") }
    guard !notes.isEmpty else { return }
    Output.line()
    sections.line("Also", notes.joined(separator: style.dim(" · ")))
  }
}
