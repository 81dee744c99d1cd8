package import Events

/// What an import did.
package struct ImportReport: Sendable {
  /// A line, or a part of one, that could not be read or was refused.
  package struct Problem: Sendable, Hashable {
    /// The source as people named it.
    package var source: String
    /// The line; `nil` for a problem of the source as a whole.
    package var line: Int?
    package var reason: String

    /// `path:line: reason`, as compilers print it.
    package var text: String {
      line.map { "\(source):\($0): \(reason)" } ?? reason
    }
  }

  /// Files that were read, at least in part.
  package var filesRead = 0
  /// Files that had nothing new since the last import.
  package var filesUnchanged = 0
  /// Files found in a folder that are no logs of a known format, or hold nothing.
  package private(set) var filesPassedOver = 0
  /// How many of `filesPassedOver` are logs in which nothing was said yet.
  package private(set) var filesWithoutConversation = 0
  /// Sources that were named and could not be read as a whole.
  package var filesFailed = 0
  /// How many of `filesFailed` were not there.
  package var filesMissing = 0
  /// Files whose last line breaks off and waits for its end.
  package var filesTorn = 0
  package var lines: Int64 = 0
  package var bytes: Int64 = 0
  package var events: Int64 = 0
  package var duplicates: Int64 = 0
  /// Lines that could not be read, and events that were refused.
  package var unread: Int64 = 0
  /// Runs that were ended because their logs were at rest.
  package var sealed: Int64 = 0
  /// The problems, up to ``problemsMax``.
  package private(set) var problems: [Problem] = []
  /// Why the files that were passed over were, up to ``problemsMax``.
  package private(set) var passedOver: [Problem] = []
  /// The runs that got events, in the order in which they did.
  package private(set) var runs: [RunID] = []
  private var seenRuns: Set<RunID> = []

  /// More problems than this are only counted.
  package static let problemsMax = 10_000

  package init() {}

  /// Whether everything that was named was read, to the last line.
  package var isClean: Bool { unread == 0 && filesFailed == 0 }

  /// Adds what was read of a file; not the files themselves, which may come again and again.
  mutating func add(_ visit: ImportReport) {
    lines += visit.lines
    bytes += visit.bytes
    events += visit.events
    duplicates += visit.duplicates
    unread += visit.unread
    sealed += visit.sealed
    for problem in visit.problems { add(problem) }
    for run in visit.runs { touched(run) }
  }

  mutating func touched(_ run: RunID) {
    if seenRuns.insert(run).inserted { runs.append(run) }
  }

  /// Says anew which files were passed over: while they are followed, that changes.
  mutating func passOver(_ problems: [Problem]) {
    filesPassedOver = 0
    filesWithoutConversation = 0
    passedOver = []
    for problem in problems { passOver(problem) }
  }

  mutating func passOver(_ problem: Problem, isLog: Bool = false) {
    filesPassedOver += 1
    if isLog { filesWithoutConversation += 1 }
    if passedOver.count < Self.problemsMax { passedOver.append(problem) }
  }

  mutating func add(_ problem: Problem) {
    if problems.count < Self.problemsMax { problems.append(problem) }
  }
}
