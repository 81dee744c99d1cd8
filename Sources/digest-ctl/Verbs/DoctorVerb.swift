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
      should be. Lines of imported logs that could not be read are listed too; they are no fault \
      of the store. digest-ctl verify compares the digests with the log.

      EXAMPLE
        digest-ctl doctor
      """
  )

  @OptionGroup var common: CommonOptions

  /// People are shown so many unread lines.
  private static let unreadMax = 20

  func run() throws {
    let reader = try common.openReader()
    let diagnosis = try reader.diagnose()
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
