import ArgumentParser
import Events
import Folding
import Pricing
import RunDigest

/// Sums over many runs in a window of time.
struct StatsVerb: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "stats",
    abstract: "Sum over all runs in a window of time, by day, model, tool, project and so on.",
    discussion: """
      Windows are whole buckets of 15 minutes. For models and tools a row holds only their part, \
      for outcomes only the number of runs, so that tools and outcomes have no estimated cost.

      EXAMPLE
        digest-ctl stats --since 7d --by day
        digest-ctl stats --since 24h --by model --json
      """
  )

  @OptionGroup var common: CommonOptions
  @OptionGroup var costs: CostOptions

  @Option(help: "From then on: 24h, 7d, 2026-06-01 or a full time.")
  var since = "24h"

  @Option(help: "Up to then; else now.")
  var until: TimeArgument?

  @Option(help: "total, day, agent, project, host, model, tool or outcome.")
  var by = StatsGrouping.total

  func validate() throws {
    guard TimeArgument(argument: since) != nil else {
      throw ValidationError("--since is a time like 24h, 7d or 2026-06-01, not \(since)")
    }
  }

  func run() throws {
    let pricing = try costs.pricing()
    let reader = try common.openReader()
    let now = StoreOptions.wallClock()
    let start = TimeArgument(argument: since)?.timestamp ?? now
    let windows = by.windows(from: start, to: until?.timestamp ?? now)
    guard windows.count <= Self.windowsMax else {
      throw ValidationError("that is more than \(Self.windowsMax) days; give --until")
    }
    var page = StatsPage(json: common.json, grouping: by, mode: pricing.mode)
    var parts = try windows.map { label, window in
      Part(label: label, window: window, rows: try reader.stats(window, by: by.dimension))
    }
    // Programs get the sums as they are.
    if !common.json { Part.carryCorrections(&parts) }
    for part in parts {
      let (label, window, rows) = (part.label, part.window, part.rows)
      let estimates = try pricing.estimates(rows, in: window, by: by.dimension, reader)
      for (row, estimate) in zip(rows, estimates) {
        try page.add(row, label: label ?? row.key, window: window, estimate: estimate)
      }
    }
    page.finish(nothing: try nothing(in: windows.map(\.1), reader))
  }

  /// Why there is no row: no event at all, or only events without what the rows are split by.
  private func nothing(in windows: [StatsWindow], _ reader: RunReader) throws -> String {
    let isEmpty = try windows.allSatisfy { try reader.stats($0, by: .total).isEmpty }
    guard !isEmpty else { return "no events in that time" }
    switch by {
    case .model: return "events in that time, but no tokens of a model"
    case .tool: return "events in that time, but no calls of a tool"
    case .outcome: return "events in that time, but no run ended"
    default: return "no events in that time"
    }
  }

  private static let windowsMax = 4000

  /// The rows of one window.
  private struct Part {
    var label: String?
    var window: StatsWindow
    var rows: [StatsRow]

    /// Moves negative parts to the window before, where what they correct was counted.
    static func carryCorrections(_ parts: inout [Part]) {
      for later in parts.indices.dropFirst().reversed() {
        for index in parts[later].rows.indices {
          let key = parts[later].rows[index].key
          let earlier = parts[..<later].lastIndex { $0.rows.contains { $0.key.isExactly(key) } }
          guard let earlier,
            let row = parts[earlier].rows.firstIndex(where: { $0.key.isExactly(key) })
          else { continue }
          let negative = parts[later].rows[index].totals.takeNegativeParts()
          parts[earlier].rows[row].totals.carry(negative)
        }
      }
    }
  }
}

/// What a window is split by.
enum StatsGrouping: String, ExpressibleByArgument, CaseIterable {
  case total, day, agent, project, host, model, tool, outcome

  var dimension: StatsDimension {
    switch self {
    case .total, .day: .total
    case .agent: .agent
    case .project: .project
    case .host: .host
    case .model: .model
    case .tool: .tool
    case .outcome: .outcome
    }
  }

  /// The windows that make up the time, with their labels if they have ones of their own.
  func windows(from start: Timestamp, to end: Timestamp) -> [(label: String?, StatsWindow)] {
    guard self == .day else { return [(nil, StatsWindow(from: start, to: end))] }
    var windows: [(label: String?, StatsWindow)] = []
    var day = LocalTime.midnight(of: start.microseconds)
    while day < end.microseconds, windows.count <= 5000 {
      // Days have 23 to 25 hours.
      let next = LocalTime.midnight(of: day + 36 * 3_600_000_000)
      let window = StatsWindow(
        from: Timestamp(microseconds: max(day, start.microseconds)),
        to: Timestamp(microseconds: min(next, end.microseconds))
      )
      windows.append((LocalTime.format(day, "%Y-%m-%d"), window))
      day = next
    }
    return windows
  }
}
