package import Events

/// Turns the lines of one source into events, and does nothing else.
///
/// An importer is a pure function with a small memory: the same lines give the same events,
/// with ids that come from the source's own ids, whether they are read in one go or as the
/// file grows. It opens nothing and stores nothing. Whoever drives it
/// - hands in each line once, in order, by its number from 1;
/// - says when the source is at rest: nothing more is there now, though more may come;
/// - keeps ``encodedState`` in the transaction that stores the events, so that a kill at any
///   point neither loses an event nor repeats one;
/// - skips an event whose id its run already has, whatever its body: what is stored first stays.
package protocol LogImporter: Sendable {
  /// The source that is read.
  var source: LogSource { get }

  /// Starts at the beginning of a source.
  init(source: LogSource)

  /// Goes on where an importer with this state has stopped.
  init(source: LogSource, decoding state: [UInt8]) throws(ImportStateError)

  /// What must be remembered to go on later.
  var encodedState: [UInt8] { get }

  /// The runs that this source has fed since the importer was made or decoded.
  var runs: [RunID] { get }

  /// Reads one line, without its end.
  ///
  /// An importer of objects need not implement it: ``take(_:into:)`` is called for each of them.
  mutating func read(
    line: UnsafeRawBufferPointer,
    number: Int,
    into sink: inout ImportedEvents
  )

  /// Reads one object; its line's number is in the line context of the sink, the rest of which is
  /// for the importer to fill in.
  mutating func take(_ object: JSONObject, into sink: inout ImportedEvents)

  /// Nothing more is there for now: what can be seen so far is written, and corrected should more
  /// come.
  mutating func pause(into sink: inout ImportedEvents)

  /// The source has been read to its end: what only waited for more is written.
  mutating func atRest(into sink: inout ImportedEvents)

  /// The source was replaced by another generation of itself, which is read from its beginning.
  ///
  /// What was written of the one before is remembered as far as it may have to be corrected.
  mutating func startOver()

  /// Whether something of this source waits for what another one will tell.
  ///
  /// Then ``atRest(into:)`` is called again once other sources were read, and settles it if it can.
  var isUndecided: Bool { get }

  /// Whether a run of this source is in the middle of its work: it was asked for something, and
  /// has neither answered nor failed.
  func isAtWork(_ run: RunID) -> Bool

  /// The runs of this source are about to be ended: what would be lost then is written.
  mutating func beforeSeal(into sink: inout ImportedEvents)
}

extension LogImporter {
  package var isUndecided: Bool { false }

  package mutating func startOver() { self = Self(source: source) }

  package mutating func pause(into sink: inout ImportedEvents) {}

  package func isAtWork(_ run: RunID) -> Bool { false }

  package mutating func beforeSeal(into sink: inout ImportedEvents) {}

  package mutating func take(_ object: JSONObject, into sink: inout ImportedEvents) {}

  package mutating func read(
    line: UnsafeRawBufferPointer,
    number: Int,
    into sink: inout ImportedEvents
  ) {
    LogLines.forEachObject(on: line, number: number, into: &sink) { object, sink in
      sink.line = LineContext(number: number)
      take(object, into: &sink)
    }
  }
}

/// What is known of a source besides its lines.
package struct LogSource: Sendable, Hashable {
  /// The name of the file without folder and extension, if it is a file.
  package var name: String?
  /// The run of lines that name none, where the format lets a line do so.
  package var run: RunID?
  /// The names of the folders that the file is in, the outermost first.
  package var folders: [String]
  /// The folder that the agent works in, where a file beside the log names it.
  package var project: String?

  package init(
    name: String? = nil,
    run: RunID? = nil,
    folders: [String] = [],
    project: String? = nil
  ) {
    self.name = name
    self.run = run
    self.folders = folders
    self.project = project
  }

  /// What is known of the source at a path.
  package init(path: String) {
    let parts = path.split(separator: "/").map(String.init)
    self.init(
      name: SourceImport.baseName(path),
      folders: parts.dropLast(),
      project: ProjectCompanions.project(ofLogAt: path)
    )
  }

  /// The name of the folder inside the innermost one of a name.
  func folder(after name: String) -> String? {
    guard let index = folders.lastIndex(of: name), index + 1 < folders.count else { return nil }
    return folders[index + 1]
  }
}

/// Says that the memory of an importer can't be read back: the source must be read again.
package struct ImportStateError: Error, Sendable, Hashable, CustomStringConvertible {
  package init() {}

  package var description: String {
    "the import position of this source is from another version; it is read from its beginning"
  }
}
