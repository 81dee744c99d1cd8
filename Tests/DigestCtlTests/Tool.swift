internal import Foundation
internal import Glibc
import Testing

/// The built `digest-ctl`, run as people run it: as a process, in a folder of its own.
final class Tool {
  /// What a run of it left behind.
  struct Result {
    var status: Int32
    var output: String
    var error: String

    /// Standard output as one JSON object.
    func json() throws -> [String: Any] {
      let value = try JSONSerialization.jsonObject(with: Data(output.utf8))
      return try #require(value as? [String: Any])
    }

    /// Standard output as JSON Lines.
    func rows() throws -> [[String: Any]] {
      try output.split(separator: "\n").map { line in
        let value = try JSONSerialization.jsonObject(with: Data(line.utf8))
        return try #require(value as? [String: Any])
      }
    }
  }

  /// The folder, which goes with the tool.
  let folder: URL
  /// Variables of its environment, beside those that every run of it gets.
  var variables: [String: String] = [:]
  /// The store that it works on, unless arguments name another.
  var store: String { path("runs.sqlite") }

  init() throws {
    folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("digest-ctl-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  deinit {
    try? FileManager.default.removeItem(at: folder)
  }

  func path(_ name: String) -> String { folder.appendingPathComponent(name).path }

  @discardableResult
  func write(_ text: String, to name: String) throws -> String {
    try write(Data(text.utf8), to: name)
  }

  @discardableResult
  func write(_ data: Data, to name: String) throws -> String {
    let url = folder.appendingPathComponent(name)
    try FileManager.default.createDirectory(
      at: url.deletingLastPathComponent(),
      withIntermediateDirectories: true
    )
    try data.write(to: url)
    return url.path
  }

  func exists(_ name: String) -> Bool { FileManager.default.fileExists(atPath: path(name)) }

  /// Runs a verb, with something on standard input if there is something.
  @discardableResult
  func run(_ arguments: String..., input: String = "", limit: String? = nil) throws -> Result {
    try run(arguments: arguments, input: input, limit: limit)
  }

  /// Runs a verb, also under a limit of the shell's, or by another program that is put before it.
  func run(
    arguments: [String],
    input: String = "",
    limit: String? = nil,
    through program: [String] = []
  ) throws -> Result {
    try finish(start(arguments, input: input, limit: limit, through: program))
  }

  /// A process that was started, and the files that it prints to.
  struct Started {
    var process: Process
    var output: String
    var error: String
  }

  /// Starts a verb without waiting for it.
  func start(_ arguments: String...) throws -> Started {
    try start(arguments)
  }

  private func start(
    _ arguments: [String],
    input: String = "",
    limit: String? = nil,
    through program: [String] = []
  ) throws -> Started {
    let process = Process()
    var command = program + [try Self.binary()] + arguments
    if let limit {
      command = ["/bin/bash", "-c", "ulimit \(limit); exec \"$0\" \"$@\""] + command
    }
    process.executableURL = URL(fileURLWithPath: command.removeFirst())
    process.arguments = command
    process.currentDirectoryURL = folder
    process.environment = [
      "RUNDIGEST_STORE": store, "HOME": folder.path, "PATH": "/usr/bin:/bin", "TZ": "UTC",
    ].merging(variables) { $1 }
    // Files rather than pipes: neither side can fill one up and wait for the other.
    let given = try write(input, to: "in.\(UUID().uuidString)")
    let output = try write("", to: "out.\(UUID().uuidString)")
    let error = try write("", to: "err.\(UUID().uuidString)")
    process.standardInput = FileHandle(forReadingAtPath: given)
    process.standardOutput = FileHandle(forWritingAtPath: output)
    process.standardError = FileHandle(forWritingAtPath: error)
    try process.run()
    return Started(process: process, output: output, error: error)
  }

  /// Waits for a process that was started.
  func finish(_ started: Started) throws -> Result {
    started.process.waitUntilExit()
    return Result(
      status: started.process.terminationStatus,
      output: try Self.text(of: started.output),
      error: try Self.text(of: started.error)
    )
  }

  /// What a file says; of a damaged store a process may print bytes that are not UTF-8.
  private static func text(of path: String) throws -> String {
    String(decoding: try Data(contentsOf: URL(fileURLWithPath: path)), as: UTF8.self)
  }

  /// It is built beside the tests.
  private static func binary() throws -> String {
    let tests = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
    let beside = tests.deletingLastPathComponent().appendingPathComponent("digest-ctl").path
    try #require(access(beside, X_OK) == 0, "there is no \(beside); build it first")
    return beside
  }
}
