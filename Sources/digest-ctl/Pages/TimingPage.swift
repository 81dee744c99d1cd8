import Folding
import RunDigest

/// The timing of a run, or of two side by side, as a page for people.
struct TimingPage {
  let timing: RunTiming
  private let style = Style.standard

  init(timing: RunTiming) {
    self.timing = timing
  }

  func print() {
    let runs = [timing.first, timing.second].compactMap { $0.map(Text.clean) }
    guard !timing.isEmpty else {
      return Output.line("no checkpoints and no spans in \(runs.joined(separator: " or "))")
    }
    Output.line(style.bold(runs.joined(separator: " → ")))
    printFlows()
    printStages()
  }

  private func printFlows() {
    guard !timing.flows.isEmpty else { return }
    Output.line()
    var table = Table(
      [
        .left("FLOW"), .flexible("PHASE"), .right("STEPS"), .right("LAST"), .right("MAX"),
        .right("TIME"),
      ] + changeColumns
    )
    for flow in timing.flows {
      for (index, phase) in flow.phases.enumerated() {
        table.add(
          [
            Table.Cell(index == 0 ? flow.name : ""),
            Table.Cell(phase.name),
            cell(phase) { Units.count($0.steps) },
            cell(phase) { Units.duration($0.lastMs) },
            cell(phase) { Units.duration($0.maxMs) },
            cell(phase) { Units.duration($0.totalMs) },
          ] + change(phase.changeMs, of: phase.first?.totalMs)
        )
      }
      table.add(
        [
          "", Table.Cell("total") { style.bold($0) }, "", "", "",
          cell(flow.total) { Units.duration($0) },
        ] + change(flow.total.changeMs, of: flow.total.first)
      )
    }
    table.print()
  }

  private func printStages() {
    guard !timing.stages.isEmpty else { return }
    Output.line()
    var table = Table(
      [
        .flexible("STAGE"), .right("COUNT"), .right("QUEUED"), .right("P50"), .right("P95"),
        .right("TIME"),
      ] + changeColumns
    )
    for stage in timing.stages {
      table.add(
        [
          Table.Cell(stage.name),
          cell(stage) { Units.count($0.count) },
          cell(stage) { Units.duration($0.queueMs) },
          cell(stage) { Units.duration($0.latency.percentileMs(50)) },
          cell(stage) { Units.duration($0.latency.percentileMs(95)) },
          cell(stage) { Units.duration($0.latency.sumMs) },
        ] + change(stage.changeMs, of: stage.first?.latency.sumMs)
      )
    }
    table.print()
  }

  // MARK: Side by side

  private var changeColumns: [Table.Column] {
    timing.second == nil ? [] : [.right("CHANGE"), .right("")]
  }

  /// A value, or both with an arrow between.
  private func cell<Value>(
    _ pair: RunTiming.Pair<Value>,
    _ text: (Value) -> String
  ) -> Table.Cell {
    let first = pair.first.map(text) ?? "–"
    guard timing.second != nil else { return Table.Cell(first) }
    return Table.Cell(first + " → " + (pair.second.map(text) ?? "–"))
  }

  private func change(_ milliseconds: Int64?, of first: Int64?) -> [Table.Cell] {
    guard timing.second != nil else { return [] }
    guard let milliseconds, let first else { return ["–", "–"] }
    let sign = milliseconds < 0 ? "−" : milliseconds > 0 ? "+" : ""
    let paint = { (text: String) in
      milliseconds > 0 ? style.bad(text) : milliseconds < 0 ? style.good(text) : text
    }
    let size = Int64(clamping: milliseconds.magnitude)
    return [
      Table.Cell(sign + Units.duration(size), paint),
      Table.Cell(first > 0 ? sign + Units.percent(size, of: first) : "–", paint),
    ]
  }
}
