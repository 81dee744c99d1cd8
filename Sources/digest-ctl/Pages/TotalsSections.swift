import Folding
import Pricing
import RunDigest

/// The parts of a page that a run and a session have in common.
struct TotalsSections {
  let totals: Totals
  let style: Style
  /// The titles of sections take this many columns.
  static let titleColumns = 9

  /// A line of a section; only the first of a section has a title.
  func line(_ title: String, _ text: String = "") {
    guard !text.isEmpty else { return Output.line(style.bold(title)) }
    Output.line(style.bold(Text.padded(title, to: Self.titleColumns)) + "  " + text)
  }

  func more(_ text: String) {
    Output.line(String(repeating: " ", count: Self.titleColumns + 2) + text)
  }

  private var indent: Int { Self.titleColumns + 2 }

  func printTime() {
    let time = totals.time.milliseconds
    let span = totals.time.spanMicros / 1000
    Output.line()
    guard span > 0 else { return line("Time", style.dim("all events at one moment")) }
    let parts = [
      ("model", time.model), ("tools", time.tool), ("waiting", time.waiting), ("idle", time.idle),
    ]
    for (index, (name, milliseconds)) in parts.enumerated() where milliseconds != 0 || index == 0 {
      let text =
        Text.padded(name, to: 8)
        + Text.padded(Units.duration(milliseconds), to: 13, right: true) + "  "
        + Text.padded(Units.percent(milliseconds, of: span), to: 5, right: true) + "  "
        + style.dim(Self.bar(milliseconds, of: span))
      if index == 0 { line("Time", text) } else { more(text) }
    }
  }

  /// A bar of up to 24 columns, in eighths.
  static func bar(_ part: Int64, of whole: Int64) -> String {
    guard whole > 0, part > 0 else { return "" }
    let eighths = max(1, Int(Double(part) / Double(whole) * 192))
    let rest = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"][eighths % 8]
    return String(repeating: "█", count: eighths / 8) + rest
  }

  func printTurns(count: Int64, isOpen: Bool) {
    Output.line()
    var classes: [String] = []
    if isOpen { classes.append(style.bold("1 open")) }
    for (word, number) in [
      ("completed", totals[.completedTurns]), ("cancelled", totals[.cancelledTurns]),
      ("failed", totals[.failedTurns]), ("abandoned", totals[.abandonedTurns]),
    ] where number > 0 {
      classes.append(style.status(word, "\(Units.count(number)) \(word)"))
    }
    line(
      "Turns",
      classes.isEmpty
        ? style.dim("none")
        : Text.padded(Units.count(count), to: 8) + classes.joined(separator: style.dim(" · "))
    )
    printSketch("latency", totals.turnLatency)
    printSketch("1st out", totals.ttft)
  }

  private func printSketch(_ name: String, _ sketch: Sketch) {
    guard sketch.count > 0 else { return }
    let parts = [50, 90, 99].map { percent in
      style.dim("p\(percent) ") + Units.duration(sketch.percentileMs(percent))
    }
    more(
      Text.padded(name, to: 8) + parts.joined(separator: "   ") + "   " + style.dim("max ")
        + Units.duration(sketch.maxMs)
    )
  }

  func printModels() {
    guard totals.models.count > 0 else { return }
    Output.line()
    line("Tokens")
    var table = Table(
      [
        .flexible("MODEL"), .right("REQUESTS"), .right("INPUT"), .right("CACHE READ"),
        .right("CACHE WRITE"), .right("OUTPUT"), .right("REASONING"),
      ],
      indent: indent
    )
    for (name, usage) in totals.models.sorted {
      if usage.own != TokenUsage() || usage.subagent == TokenUsage() {
        table.add(Self.cells(name, usage.own))
      }
      if usage.subagent != TokenUsage() {
        table.add(Self.cells("\(name) (sub-agents)", usage.subagent))
      }
    }
    table.print(style)
    let partial = totals.models.entries.reduce(Int64(0)) {
      $0 + $1.value.own.partialRequests + $1.value.subagent.partialRequests
    }
    let unknown = totals.models.entries.reduce(Int64(0)) {
      $0 + $1.value.own.unknownRequests + $1.value.subagent.unknownRequests
    }
    if unknown > 0 {
      more(style.warn("\(Units.count(unknown, "request")) logged only a part of its counts"))
    }
    if partial > 0 {
      more(
        style.warn(
          "\(Units.count(partial, "request")) logged only a placeholder for the output count"
        )
      )
    }
  }

  private static func cells(_ name: String, _ counts: TokenUsage) -> [Table.Cell] {
    [
      Table.Cell(name),
      Table.Cell(Units.count(counts.requests)),
      Table.Cell(Units.countOrDash(counts.input)),
      Table.Cell(Units.countOrDash(counts.cacheRead)),
      Table.Cell(Units.countOrDash(counts.cacheWrite)),
      Table.Cell(Units.countOrDash(counts.output)),
      Table.Cell(Units.countOrDash(counts.reasoning)),
    ]
  }

  /// What is known of a cost, as people read it.
  func costParts(_ mode: CostMode, _ reported: ReportedCost, _ estimate: CostEstimate) -> [String] {
    var parts: [String] = []
    if mode != .estimated, let value = reported.value {
      parts.append("\(Units.money(value)) reported")
    }
    if estimate.nanoUSD != nil {
      parts.append("\(Units.cost(estimate)) by the price list")
    }
    return parts
  }

  /// Prints what is known of a cost; `notes` say what is in it.
  func printCost(_ parts: [String], notes: [String] = [], estimate: CostEstimate) {
    let unpriced = estimate.unpricedModels
    guard !parts.isEmpty || !unpriced.isEmpty else { return }
    Output.line()
    line("Cost", parts.isEmpty ? style.dim("unknown") : parts.joined(separator: style.dim(" · ")))
    for note in notes { more(note) }
    if estimate.nanoUSD != nil { more(style.dim(Units.listPriceNote)) }
    if !unpriced.isEmpty {
      more(style.warn("no price is known for \(Text.clean(unpriced.joined(separator: ", ")))"))
    }
  }

  func printTools() {
    guard totals.tools.count > 0 else { return }
    Output.line()
    line(
      "Tools",
      Units.count(totals[.toolCalls], "call")
        + (totals[.toolFailed] > 0
          ? ", " + style.bad("\(Units.count(totals[.toolFailed])) failed") : "")
    )
    var table = Table(
      [
        .flexible("TOOL"), .right("CALLS"), .right("FAILED"), .right("DENIED"),
        .right("CANCELLED"), .right("MISSING"), .right("P50"), .right("P95"), .right("TOTAL"),
      ],
      indent: indent
    )
    let tools = totals.tools.sorted.sorted { $0.value.calls > $1.value.calls }
    for (name, usage) in tools.prefix(Self.toolsMax) {
      table.add([
        Table.Cell(name),
        Table.Cell(Units.count(usage.calls)),
        Table.Cell(Units.countOrDash(usage.failed)) { usage.failed > 0 ? style.bad($0) : $0 },
        Table.Cell(Units.countOrDash(usage.denied)),
        Table.Cell(Units.countOrDash(usage.cancelled)),
        Table.Cell(Units.countOrDash(usage.missing)) { usage.missing > 0 ? style.bad($0) : $0 },
        Table.Cell(Units.duration(usage.latency.percentileMs(50))),
        Table.Cell(Units.duration(usage.latency.percentileMs(95))),
        Table.Cell(Units.duration(usage.latency.count > 0 ? usage.latency.sumMs : nil)),
      ])
    }
    table.print(style)
    if tools.count > Self.toolsMax {
      more(style.dim("and \(tools.count - Self.toolsMax) more tools; --json has them all"))
    }
  }

  private static let toolsMax = 15
}
