package import Events

extension LogFormat {
  /// This store's own format: one event a line.
  package static let events = LogFormat(
    name: "events",
    about: .events,
    importer: EventsImporter.self
  ) { line in
    line.text("kind") != nil && line.text("run") != nil ? .certain : .unknown
  }
}

/// Reads the native log format.
///
/// It has nothing to remember: each line stands for itself.
package struct EventsImporter: LogImporter {
  package let source: LogSource
  private var seen: Set<RunID> = []
  package private(set) var runs: [RunID] = []

  package init(source: LogSource) {
    self.source = source
  }

  package init(source: LogSource, decoding state: [UInt8]) throws(ImportStateError) {
    self.source = source
  }

  package var encodedState: [UInt8] { [] }

  package mutating func read(
    line: UnsafeRawBufferPointer,
    number: Int,
    into sink: inout ImportedEvents
  ) {
    var found: [RunID] = []
    let fallback = source.run
    LogLines.forEachValue(on: line, number: number, into: &sink) { value, sink in
      do throws(LineProblem) {
        let line = try NativeLine.parse(value.raw, run: fallback)
        found.append(line.run)
        sink.append(ImportedEvents.Entry(run: line.run, seq: line.seq, event: line.event))
      } catch {
        sink.report(line: number, error.description)
      }
    }
    for run in found where seen.insert(run).inserted { runs.append(run) }
  }

  package mutating func atRest(into sink: inout ImportedEvents) {}
}
