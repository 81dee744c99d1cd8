import Events
import LogFormats
import Pricing
import RunDigest

/// What an import did: the runs that got events, and a summary.
struct ImportPage {
  private let report: ImportReport
  private let reader: RunReader
  private let homes: AgentHomes?
  private let pricing: CostEstimator

  /// People are shown this many runs.
  private static let runsMax = 40

  init(report: ImportReport, reader: RunReader, pricing: CostEstimator, homes: AgentHomes? = nil) {
    self.report = report
    self.reader = reader
    self.pricing = pricing
    self.homes = homes
  }

  func print(json: Bool) throws {
    if json { try printJSON() } else { try printPage() }
  }

  private func printPage() throws {
    var printer = RunPrinter(json: false, pricing: pricing)
    for run in report.runs.prefix(Self.runsMax) {
      if let summary = try reader.summary(of: run) { try printer.add(summary) }
    }
    if !report.runs.isEmpty {
      printer.finish(nothing: "", rest: nil)
      if report.runs.count > Self.runsMax {
        Output.line(
          Style.standard.dim(
            "and \(report.runs.count - Self.runsMax) more; digest-ctl runs lists them"
          )
        )
      }
      Output.line()
    }
    Output.line(summary)
  }

  private var summary: String {
    var parts = [
      "\(Units.count(Int64(report.filesRead), "file")) read",
      Units.count(report.lines, "line"),
      "\(Units.count(report.events, "event")) added",
    ]
    if !report.runs.isEmpty { parts[2] += " to \(Units.count(Int64(report.runs.count), "run"))" }
    if report.duplicates > 0 {
      parts.append("\(Units.count(report.duplicates, "duplicate")) skipped")
    }
    if report.filesUnchanged > 0 { parts.append("\(report.filesUnchanged) unchanged") }
    if report.filesPassedOver > 0 { parts.append("\(report.filesPassedOver) passed over") }
    if report.filesTorn > 0 { parts.append("\(report.filesTorn) with a last line cut off") }
    if report.sealed > 0 { parts.append("\(Units.count(report.sealed, "run")) ended") }
    if report.unread > 0 {
      parts.append(Style.standard.bad("\(Units.count(report.unread, "line")) unread"))
    }
    if report.filesFailed > 0 {
      parts.append(Style.standard.bad("\(report.filesFailed) not imported"))
    }
    return parts.joined(separator: ", ")
  }

  private static func write(
    _ key: String,
    _ problems: [ImportReport.Problem],
    to json: inout JSONWriter
  ) {
    json.array(key) { json in
      for problem in problems {
        json.object { json in
          json.member("source", problem.source)
          json.member("line", problem.line.map { Int64($0) })
          json.member("reason", problem.reason)
        }
      }
    }
  }

  private func printJSON() throws {
    var writer = JSONWriter()
    try writer.object { try write(to: &$0) }
    writer.newline()
    try Output.write(writer.bytes)
  }

  /// The members of the object that programs get.
  func write(to json: inout JSONWriter) throws {
    if let homes { HomesPage(homes: homes).write(to: &json) }
    json.object("files") { json in
      json.member("read", report.filesRead)
      json.member("unchanged", report.filesUnchanged)
      json.member("passed_over", report.filesPassedOver)
      json.member("torn", report.filesTorn)
      json.member("failed", report.filesFailed)
    }
    json.member("lines", report.lines)
    json.member("bytes", report.bytes)
    json.member("events", report.events)
    json.member("duplicates", report.duplicates)
    json.member("unread", report.unread)
    json.member("sealed", report.sealed)
    Self.write("problems", report.problems, to: &json)
    Self.write("passed_over", report.passedOver, to: &json)
    try json.array("runs") { json in
      for run in report.runs {
        guard let summary = try reader.summary(of: run) else { continue }
        summary.write(to: &json, cost: pricing.cost(of: summary).writeMembers)
      }
    }
  }
}
