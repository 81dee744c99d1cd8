import ArgumentParser
import Glibc
import RunDigest

/// What every verb takes.
struct CommonOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The store; else RUNDIGEST_STORE, else $XDG_DATA_HOME/rundigest/runs.sqlite.",
      valueName: "path"
    )
  )
  var store: String?

  @Flag(help: "Print JSON for programs: one object, or one a line.")
  var json = false

  /// The path of the store that is meant.
  func storePath() throws -> String { try Self.path(ofStore: store) }

  /// The path of the store that is meant by what `--store` has, if it is there.
  static func path(ofStore store: String?) throws -> String {
    if let store {
      guard !store.isEmpty else {
        throw Failure.Problem(code: Failure.usage, sentence: "--store needs a path; name one")
      }
      return store
    }
    if let path = variable("RUNDIGEST_STORE") { return path }
    // The XDG rules: what is not absolute is not to be used.
    if let data = variable("XDG_DATA_HOME"), data.hasPrefix("/") {
      return data + "/rundigest/runs.sqlite"
    }
    guard let home = variable("HOME") else {
      throw Failure.Problem(
        code: Failure.usage,
        sentence: "there is no HOME to put the store under; name one with --store"
      )
    }
    return home + "/.local/share/rundigest/runs.sqlite"
  }

  /// Opens the store for reading; never creates one.
  func openReader() throws -> RunReader {
    try RunReader.open(at: try storePath())
  }

  /// Opens the store for writing, and creates it only where `creates` says so.
  ///
  /// A verb that `isPatient` has nobody waiting for its answer, and waits for other processes that
  /// write rather than fail.
  func openStore(creates: Bool = false, isPatient: Bool = false) async throws -> RunStore {
    var options = StoreOptions()
    options.creates = creates
    if isPatient { options.busyTimeout = .seconds(600) }
    return try await RunStore.open(at: try storePath(), options: options)
  }

  static func variable(_ name: String) -> String? {
    guard let value = getenv(name) else { return nil }
    let text = String(cString: value)
    return text.isEmpty ? nil : text
  }
}
