import ArgumentParser
import Events
import RunDigest
internal import Telemetry

struct DigestCtl: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "digest-ctl",
    abstract: "What AI-agent runs did: their logs in, their digests out.",
    discussion: """
      Every verb takes --store PATH, else the variable RUNDIGEST_STORE, else \
      $XDG_DATA_HOME/rundigest/runs.sqlite. Names of runs may be cut to any unique beginning.

      EXIT CODES
        0  ok                 3  not found
        1  a check, or a line of a log, was not as it should be
        2  wrong use          4  store damaged or refused
                              5  busy, or no space left
      """,
    version: RunDigestVersion.current,
    groupedSubcommands: [
      CommandGroup(
        name: "LOGS IN",
        subcommands: [ImportVerb.self, AppendVerb.self, FormatsVerb.self]
      ),
      CommandGroup(
        name: "READS",
        subcommands: [
          RunsVerb.self, InsightVerb.self, TurnsVerb.self, CallsVerb.self, FindingsVerb.self,
          EventsVerb.self, SessionVerb.self, StatsVerb.self, TimingVerb.self, PricesVerb.self,
        ]
      ),
      CommandGroup(
        name: "HOW A RUN ENDS",
        subcommands: [
          StopVerb.self, CrashVerb.self, FailVerb.self, TerminateVerb.self, VerdictVerb.self,
          ResumeVerb.self, ReapVerb.self, SwapVerb.self,
        ]
      ),
      CommandGroup(
        name: "THE STORE",
        subcommands: [
          HealthVerb.self, VerifyVerb.self, RebuildVerb.self, MigrateVerb.self, ExportVerb.self,
          DoctorVerb.self, BackupVerb.self, RestoreVerb.self, BenchVerb.self,
        ]
      ),
    ]
  )

  /// Does what the command line says.
  static func perform() async {
    let verb = CommandLine.arguments.dropFirst().first { !$0.hasPrefix("-") }
    do {
      try await FlowTimer.flow(verb ?? "digest-ctl") { timer in
        var command = try parseAsRoot()
        timer?.work("arguments")
        if var command = command as? any AsyncParsableCommand {
          try await command.run()
        } else {
          try command.run()
        }
        timer?.work(verb ?? "run")
        try Output.flush()
        timer?.work("output")
      }
    } catch {
      Failure.exit(with: error, in: Self.self)
    }
  }
}
