internal import Digests
internal import Engine
internal import EventLog
package import Events
internal import Folding

/// What an examination of a store found.
public struct Diagnosis: Sendable {
  /// One thing that was looked at.
  public struct Finding: Sendable, Hashable {
    /// What was looked at.
    public let check: String
    /// Whether it is as it should be.
    public let isGood: Bool
    /// Whether it is no fault of the store, but worth a look all the same.
    public let isWarning: Bool
    /// What was seen, and what to do if it is not good.
    public let detail: String
  }

  /// What was looked at, in order.
  public internal(set) var findings: [Finding] = []

  /// The first lines of imported logs that could not be read: no fault of the store.
  package internal(set) var unread: [QuarantinedLine] = []

  /// So many of them are shown.
  package static let unreadMax = 1000

  /// A store of up to so many bytes, 64 MiB, is always examined deeply: that takes less than a second.
  public static let deepBytes: Int64 = 64 << 20

  /// Whether all is as it should be.
  public var isGood: Bool { findings.allSatisfy(\.isGood) }

  /// Writes the findings as `digest-ctl doctor --json` prints them.
  package func write(to json: inout JSONWriter, path: String) {
    json.object { json in
      json.member("store", path)
      json.member("ok", isGood)
      json.array("findings") { json in
        for finding in findings {
          json.object { json in
            json.member("check", finding.check)
            json.member("ok", finding.isGood)
            json.member("detail", finding.detail)
          }
        }
      }
      json.array("unread") { json in
        for line in unread { line.write(to: &json) }
      }
    }
  }
}

extension RunReader {
  /// Examines the store: the library, the schema, the file, the event log, and what is derived from it.
  ///
  /// Reads the whole file, and changes nothing. Damage is a finding and not an error. `isDeep` also
  /// compares the events with their checksums and the indexes with their tables, and reads the rows of all
  /// digests; a store of up to ``Diagnosis/deepBytes`` is always examined like that. What the digests say
  /// is compared with the event log by ``RunReader/verify(_:)``.
  ///
  /// - Throws: ``StoreError`` if the store cannot be opened at all.
  public func diagnose(isDeep: Bool = false) throws -> Diagnosis {
    var examination = Examination(reader: self)
    try examination.run(isDeep: isDeep)
    return examination.diagnosis
  }
}

/// The steps of an examination; each one is begun only if those before it have found what it relies on.
private struct Examination {
  let reader: RunReader
  var diagnosis = Diagnosis()

  init(reader: RunReader) { self.reader = reader }

  private mutating func note(
    _ check: String,
    _ isGood: Bool,
    _ detail: String,
    isWarning: Bool = false
  ) {
    diagnosis.findings.append(
      .init(check: check, isGood: isGood, isWarning: isWarning, detail: detail)
    )
  }

  /// Notes what one step finds; damage that stops it is its finding.
  private mutating func step(
    _ check: String,
    _ body: () throws -> (isGood: Bool, detail: String)
  ) throws {
    do {
      let (isGood, detail) = try body()
      note(check, isGood, detail)
    } catch let error as StoreError where error.code == .corrupt {
      note(check, false, error.message)
    }
  }

  mutating func run(isDeep: Bool) throws {
    let facts = try reader.engineRead { try $0.databaseFacts() }
    noteLibrary(facts)
    let isDeep = isDeep || facts.fileBytes + facts.walBytes <= Diagnosis.deepBytes
    // A scan of a file whose pages lead round in a circle never ends: the file comes first.
    let damage = try reader.engineRead { try $0.damage(isDeep: isDeep) }
    let missing = try lacking()
    if !missing.isEmpty {
      let objects = Advice.list(missing)
      note("schema", false, "the store lacks or has changed \(objects); \(Advice.renumber)")
    }
    if let damage { note("file", false, "\(damage); \(Advice.renumber)") }
    // No trigger or view is needed to read on.
    guard damage == nil, missing.allSatisfy({ $0.hasPrefix("trigger") || $0.hasPrefix("view") })
    else { return }
    do {
      try examine(isDeep: isDeep)
    } catch let error as StoreError where error.code == .corrupt {
      note("store", false, error.message)
    }
  }

  private mutating func noteLibrary(_ facts: DatabaseFacts) {
    note(
      "SQLite",
      true,
      "version \(facts.engineVersion)"
        + (SQLiteLibrary.hasWALResetBug(facts.engineVersion)
          ? ", which can corrupt a file when a checkpoint races a commit (fixed in 3.51.3): every "
            + "commit and checkpoint runs under the store's .gate file, so write to the store only "
            + "through this program or library"
          : "")
    )
  }

  /// What the schema lacks; a schema that cannot be read is for the check of the file.
  private func lacking() throws -> [String] {
    do {
      return try reader.engineRead { try $0.schemaDifferences() }
    } catch let error as StoreError where error.code == .corrupt {
      return []
    }
  }

  private mutating func examine(isDeep: Bool) throws {
    let state = try reader.state(byEachRun: true)
    if !diagnosis.findings.contains(where: { $0.check == "schema" }) {
      note("schema", true, "version \(state.schemaVersion), digests of fold \(state.foldVersion)")
    }
    note("file", true, "SQLite's own check finds nothing")
    let reader = reader
    try step("log") {
      let log = try reader.read { try $0.tables.checkLog(isDeep ? .checksums : .index) }
      return (log.isGood, log.detail(of: state, isDeep: isDeep))
    }
    try step("digests") {
      let check = try reader.read {
        try $0.tables.checkDigests(in: $0.generation, isDeep: isDeep)
      }
      return (check.isGood, check.detail(of: state))
    }
    note(
      "imports",
      true,
      state.linesUnread == 0
        ? "every line of every log was read"
        : "\(state.linesUnread) unreadable line\(state.linesUnread == 1 ? "" : "s") in "
          + "\(state.logsUnread) log\(state.logsUnread == 1 ? "" : "s")",
      isWarning: state.linesUnread > 0
    )
    diagnosis.unread = try reader.read {
      try $0.tables.quarantinedLines(limit: Diagnosis.unreadMax)
    }
    for run in state.stalled {
      note("run \(run.run)", false, "it cannot be folded at seq \(run.seq): \(run.reason)")
    }
  }
}

extension LogCheck {
  /// What was found, and what to do.
  fileprivate func detail(of state: StoreState, isDeep: Bool) -> String {
    let torn = Advice.list(torn.map(\.run.name), of: tornCount)
    if !isIndexGood, isWhole {
      return "the index that leads from a run to its events is damaged"
        + (torn.isEmpty ? "" : ", of \(torn)")
        + "; all events are there: run digest-ctl rebuild --index"
    }
    if !isIndexGood {
      return "events are missing\(torn.isEmpty ? "" : " in \(torn)"); \(Advice.renumber)"
    }
    if !altered.isEmpty {
      let runs = Advice.list(altered.map(\.text), of: alteredCount)
      return "events are not as they were appended, in \(runs); restore a backup"
    }
    return "\(state.events) events of \(state.runs) runs, no gap"
      + (isDeep ? "" : "; --deep compares their checksums")
  }
}

extension DigestCheck {
  fileprivate func detail(of state: StoreState) -> String {
    let advice = "; run digest-ctl rebuild"
    if let first = unreadable.first {
      let names = Advice.list(unreadable.map(\.run), of: unreadableCount)
      return "rows of \(names) cannot be read (\(first.reason))" + advice
    }
    if aheadCount > 0 {
      return "digests cover more events than the log has, of \(Advice.list(ahead, of: aheadCount))"
        + advice
    }
    if unreadableSums > 0 {
      return "\(unreadableSums) sum\(unreadableSums == 1 ? "" : "s") cannot be read" + advice
    }
    return state.eventsBehind == 0
      ? "current"
      : "\(state.eventsBehind) events of \(state.runsBehind) runs are not folded yet; any program "
        + "that has the store open for writing folds them"
  }
}

/// What is known of SQLite's versions.
enum SQLiteLibrary {
  /// Whether a version can corrupt a file when a checkpoint of one connection races a commit of
  /// another that starts the log over: 3.7.0 to 3.51.2.
  static func hasWALResetBug(_ version: String) -> Bool {
    let parts = version.split(separator: ".").compactMap { Int($0) }
    guard parts.count >= 3 else { return true }
    return (parts[0], parts[1], parts[2]) >= (3, 7, 0)
      && (parts[0], parts[1], parts[2]) < (3, 51, 3)
  }
}
