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
  /// Examines the store: the library, the file, the log, and how current the digests are.
  ///
  /// Reads the whole file, and changes nothing. What the digests say is compared with the log by
  /// ``RunReader/verify(_:)``.
  public func diagnose() throws -> Diagnosis {
    var diagnosis = Diagnosis()
    func note(_ check: String, _ isGood: Bool, _ detail: String, isWarning: Bool = false) {
      diagnosis.findings.append(
        .init(check: check, isGood: isGood, isWarning: isWarning, detail: detail)
      )
    }
    let state = try state()
    let rule = SQLiteLibrary.hasWALResetBug(state.sqliteVersion)
    note(
      "SQLite",
      true,
      "version \(state.sqliteVersion)"
        + (rule
          ? ", which can corrupt a file when a checkpoint races a commit (fixed in 3.51.3): every "
            + "commit and checkpoint runs under the store's .gate file, so write to the store only "
            + "through this program or library"
          : "")
    )
    note("schema", true, "version \(state.schemaVersion), digests of fold \(state.foldVersion)")
    try read { reads in
      let damage = try reads.tables.damage()
      note(
        "file",
        damage == nil,
        damage.map { "\($0); restore a backup, or export events and import them into a new store" }
          ?? "SQLite's own check finds nothing"
      )
      let log = try reads.tables.checkLog()
      note("log", log.isGood, Self.say(log, of: state))
    }
    note(
      "digests",
      true,
      state.eventsBehind == 0
        ? "current"
        : "\(state.eventsBehind) events of \(state.runsBehind) runs are not folded yet; any program "
          + "that has the store open for writing folds them"
    )
    note(
      "imports",
      true,
      state.linesUnread == 0
        ? "every line of every log was read"
        : "\(state.linesUnread) unreadable line\(state.linesUnread == 1 ? "" : "s") in "
          + "\(state.logsUnread) log\(state.logsUnread == 1 ? "" : "s")",
      isWarning: state.linesUnread > 0
    )
    diagnosis.unread = try read { try $0.tables.quarantinedLines(limit: Diagnosis.unreadMax) }
    for run in state.stalled {
      note("run \(run.run)", false, "it cannot be folded at seq \(run.seq): \(run.reason)")
    }
    return diagnosis
  }

  private static func say(_ log: LogCheck, of state: StoreState) -> String {
    let names =
      log.torn.prefix(10).map(\.run.name).joined(separator: ", ")
      + (log.torn.count > 10 ? ", …" : "")
    switch (log.isGood, log.isWhole) {
    case (true, _): return "\(state.events) events of \(state.runs) runs, no gap"
    case (false, true):
      return "the index that leads from a run to its events is damaged"
        + (names.isEmpty ? "" : ", of \(names)")
        + "; all events are there: run digest-ctl rebuild --index"
    case (false, false):
      return
        "events are missing\(names.isEmpty ? "" : " in \(names)"); restore a backup, or export "
        + "the events and import them into a new store"
    }
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
