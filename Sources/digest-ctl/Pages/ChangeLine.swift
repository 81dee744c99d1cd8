import Events
import LogFormats
import Pricing
import RunDigest

/// What a follower does, as JSON Lines: an object a change, of which `change` says what it is.
enum ChangeLine {
  static func print(
    _ change: LogFollow.Change,
    page: (LogFollow.Start) -> ImportPage
  ) throws {
    switch change {
    case .following(let start):
      try write("following") { json in
        json.member("files_followed", start.files)
        json.member("folders_followed", start.folders)
        json.member("polling", start.isPolling)
        try page(start).write(to: &json)
      }
    case .read(let read):
      try write("read") { json in
        json.member("source", read.source)
        json.member("lines", read.report.lines)
        json.member("bytes", read.report.bytes)
        json.member("events", read.report.events)
        json.member("duplicates", read.report.duplicates)
        json.member("unread", read.report.unread)
        json.array("runs") { json in
          for run in read.report.runs { json.element(run.rawValue) }
        }
      }
    case .ended(let source, let runs):
      try write("ended") { json in
        json.member("source", source)
        json.member("runs", runs)
      }
    case .warning(let sentence):
      try write("warning") { $0.member("reason", sentence) }
    }
  }

  static func print(_ problem: ImportReport.Problem) throws {
    try write("problem") { json in
      json.member("source", problem.source)
      json.member("line", problem.line.map { Int64($0) })
      json.member("reason", problem.reason)
    }
  }

  /// The last line: what an import prints, over all that was done.
  static func print(stopped page: ImportPage) throws {
    try write("stopped") { try page.write(to: &$0) }
  }

  private static func write(
    _ change: String,
    _ body: (inout JSONWriter) throws -> Void
  ) throws {
    var writer = JSONWriter()
    try writer.object { json in
      json.member("change", change)
      json.member("ts", StoreOptions.wallClock())
      try body(&json)
    }
    writer.newline()
    try Output.write(writer.bytes)
    try Output.flush()
  }
}

/// What a follower does, for people: a line a run.
enum ChangeText {
  static func print(
    _ change: LogFollow.Change,
    _ reader: RunReader,
    _ pricing: CostEstimator
  ) throws {
    switch change {
    case .following(let start):
      if !start.report.runs.isEmpty {
        try ImportPage(report: start.report, reader: reader, pricing: pricing).print(json: false)
      }
      let what =
        "\(Units.count(Int64(start.files), "file")) in "
        + Units.count(Int64(start.folders), "folder")
      let how = start.isPolling ? ", looked at twice a second" : ""
      Output.line(Style.standard.dim("following \(what)\(how); control-C stops"))
    case .read(let read):
      for run in read.report.runs {
        let status = try reader.summary(of: run)?.status.rawValue ?? ""
        let name = Text.clean(run.rawValue)
        Output.line("\(now)  \(name)  \(Style.standard.status(status))  \(what(read.report))")
      }
    case .ended(let source, let runs):
      Output.line("\(now)  \(Units.count(runs, "run")) of \(Text.clean(source)) ended, at rest")
    case .warning(let sentence):
      Failure.say(sentence)
    }
    try Output.flush()
  }

  private static var now: String {
    LocalTime.format(StoreOptions.wallClock().microseconds, "%H:%M:%S")
  }

  private static func what(_ report: ImportReport) -> String {
    "\(Units.count(report.lines, "line")), \(Units.count(report.events, "event"))"
  }
}
