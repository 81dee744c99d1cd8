import ArgumentParser
import Events
import RunDigest

/// Appends events from standard input to a run.
struct AppendVerb: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "append",
    abstract: "Append events from standard input to a run.",
    discussion: """
      One JSON object a line, in the native format. An event with an id that the run has already \
      is not stored twice, so a repeated append is safe. A line that is refused is reported and \
      the rest goes on; the exit code is 1 then.

      EXAMPLE
        echo '{"kind":"text","id":"e1","payload":{"text":"hi"}}' | digest-ctl append --run r1
      """
  )

  @OptionGroup var common: CommonOptions

  @Option(help: "The run of the events; a line that names another one is refused.")
  var run: String

  @Option(
    help: ArgumentHelp(
      "Refuse a line of more than this many MiB, from 1 to 1024.",
      valueName: "mib"
    )
  )
  var maxLine = 64

  @Flag(help: "Answer only when the disk has said that it has the events.")
  var durable = false

  /// So many bytes of lines are gathered at once, beside the last one.
  private static let batchBytesMax = 4 << 20

  func validate() throws {
    guard (1...1024).contains(maxLine) else {
      throw ValidationError("--max-line is a number of MiB from 1 to 1024")
    }
  }

  func run() async throws {
    let id = try RunID(run)
    let store = try await common.openStore(creates: true)
    var report = AppendReport(run: run, listsProblems: common.json)
    var reader = LineReader(longest: maxLine << 20)
    var batch: [(line: Int, entry: ImportEntry)] = []
    var batchBytes = 0
    while let line = try reader.next() {
      if line.isBlank { continue }
      batchBytes += line.bytes.count
      if line.isTooLong {
        report.refuse(
          line.number,
          "the line is longer than \(maxLine) MiB; allow more with --max-line, or split the event"
        )
        // Its end may be far: what came before it is stored first.
        try await append(&batch, to: store, &report)
        continue
      }
      do throws(LineProblem) {
        let parsed = try Self.parse(line, run: id)
        if parsed.run == id {
          batch.append(
            (line.number, ImportEntry(run: id, seq: parsed.seq, event: parsed.event))
          )
        } else {
          report.refuse(
            line.number,
            "the line is of run \(parsed.run), not \(run); use import for such logs"
          )
        }
      } catch {
        report.refuse(line.number, error.description)
      }
      // What came is stored before more is waited for.
      if !reader.hasMore || batch.count >= 1000 || batchBytes >= Self.batchBytesMax {
        try await append(&batch, to: store, &report)
        batchBytes = 0
      }
    }
    try await append(&batch, to: store, &report)
    try await store.flush(id)
    await store.close()
    Output.isStored("the events are stored")
    report.print(json: common.json)
    try Output.flush()
    if report.refused > 0 { throw Failure.found }
  }

  private static func parse(_ line: LineReader.Line, run: RunID) throws(LineProblem) -> NativeLine {
    let parsed = line.bytes.withUnsafeBytes { bytes -> Result<NativeLine, LineProblem> in
      do throws(LineProblem) {
        return .success(try NativeLine.parse(bytes, run: run))
      } catch {
        return .failure(error)
      }
    }
    return try parsed.get()
  }

  private func append(
    _ batch: inout [(line: Int, entry: ImportEntry)],
    to store: RunStore,
    _ report: inout AppendReport
  ) async throws {
    guard !batch.isEmpty else { return }
    let outcomes = try await store.storeImported(
      batch.map(\.entry),
      step: nil,
      rules: ImportRules(keepsFirst: false),
      durability: durable ? .durable : .committed
    )
    for (line, outcome) in zip(batch.map(\.line), outcomes) { report.count(outcome, line: line) }
    batch.removeAll(keepingCapacity: true)
  }
}
