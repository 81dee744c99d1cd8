import ArgumentParser
import Events
import RunDigest

/// Prints the log of a run.
struct EventsVerb: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "events",
    abstract: "Print the log of a run: all of it, or around a seq, a turn or a finding.",
    discussion: """
      EXAMPLE
        digest-ctl events agent-7 --around 120
        digest-ctl events agent-7 --turn 3 --json | jq .kind
      """
  )

  @OptionGroup var common: CommonOptions
  @OptionGroup var name: RunArgument

  @Option(help: "The events around this seq.")
  var around: Int64?

  @Option(help: "The events of this turn.")
  var turn: Int64?

  @Option(help: "The events around this finding.")
  var finding: Int64?

  @Option(help: "How many events before and after --around and --finding.")
  var context: Int64 = 5

  @Option(help: "Begin with the event of this seq.")
  var from: Int64 = 1

  @Option(help: "Print at most this many events; without it 100 for people, all with --json.")
  var limit: Int?

  func validate() throws {
    if [around, turn, finding].compactMap(\.self).count > 1 {
      throw ValidationError("--around, --turn and --finding exclude each other")
    }
    if let limit, limit < 1 { throw ValidationError("--limit is a number from 1") }
    if context < 0 { throw ValidationError("--context is a number from 0") }
    if from < 1 { throw ValidationError("--from is a number from 1") }
  }

  func run() throws {
    let reader = try common.openReader()
    let run = try reader.resolveRun(name.run)
    let id = try RunID(run.name)
    let (range, marked) = try range(of: run, reader)
    var left = limit ?? (common.json ? .max : 100)
    var rest: Int64?
    var printer = RowPrinter(
      json: common.json,
      [.right("SEQ"), .left("TIME"), .left("KIND"), .flexible("WHAT")]
    )
    try reader.forEachEvent(of: run, in: range) { event in
      guard left > 0 else {
        rest = event.seq
        return false
      }
      left -= 1
      try printer.add {
        NativeLine.write(
          run: id,
          seq: event.seq,
          pos: event.position.rawValue,
          ordinal: event.ordinal,
          event: event.event,
          into: &$0
        )
      } row: {
        EventLine(event).cells(marked: event.seq == marked)
      }
      return true
    }
    printer.finish(nothing: "run \(run) has no such events", rest: rest)
  }

  private func range(
    of run: RunID,
    _ reader: RunReader
  ) throws -> (range: EventRange, marked: Int64?) {
    if let around { return (reader.range(around: around, context: context), around) }
    if let finding {
      let seq = try reader.seq(ofFinding: finding, in: run)
      return (reader.range(around: seq, context: context), seq)
    }
    guard let turn else { return (EventRange(from: from), nil) }
    var range = try reader.range(ofTurn: turn, in: run)
    range.first = max(range.first, from)
    return (range, nil)
  }
}
