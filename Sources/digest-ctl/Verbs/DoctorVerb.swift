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
      should be. digest-ctl verify compares the digests with the log.

      EXAMPLE
        digest-ctl doctor
      """
  )

  @OptionGroup var common: CommonOptions

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
        let mark = finding.isGood ? style.good("ok") : style.bad("!!")
        Output.line("\(mark)  \(Text.clean(finding.check)): \(Text.clean(finding.detail))")
      }
    }
    if !diagnosis.isGood { throw Failure.found }
  }
}
