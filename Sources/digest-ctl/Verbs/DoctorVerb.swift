import ArgumentParser
import Events
import RunDigest

/// Examines the store.
struct DoctorVerb: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor",
    abstract: "Examine the store: library, file, log, and how current the digests are.",
    discussion: """
      Nothing is changed; the whole file is read. The exit code is 1 when something is not as it \
      should be. With --deep events are compared with their checksums, indexes with their tables, \
      and the rows of all digests are read; a store of up to 64 MiB is always examined like that. \
      Lines of imported logs that could not be read are listed too; they are no fault of the \
      store. digest-ctl verify compares the digests with the log.

      EXAMPLE
        digest-ctl doctor
        digest-ctl doctor --deep
      """
  )

  @OptionGroup var common: CommonOptions

  @Flag(help: "Also compare events with their checksums, whatever the size of the store.")
  var deep = false

  /// People are shown so many unread lines.
  private static let unreadMax = 20

  func run() throws {
    let reader = try common.openReader()
    let diagnosis = try reader.diagnose(isDeep: deep)
    if common.json {
      var json = JSONWriter()
      diagnosis.write(to: &json, path: try common.storePath())
      Output.line(json.text)
    } else {
      let style = Style.standard
      for finding in diagnosis.findings {
        let mark =
          !finding.isGood
          ? style.bad("!!") : finding.isWarning ? style.warn("warn") : style.good("ok")
        Output.line("\(mark)  \(Text.clean(finding.check)): \(Text.clean(finding.detail))")
      }
      for line in diagnosis.unread.prefix(Self.unreadMax) {
        Output.line("    \(Text.clean(line.source)):\(line.line): \(Text.clean(line.reason))")
      }
      if diagnosis.unread.count > Self.unreadMax {
        Output.line(style.dim("    and more; --json lists up to \(Diagnosis.unreadMax)"))
      }
    }
    if !diagnosis.isGood { throw Failure.found }
  }
}
