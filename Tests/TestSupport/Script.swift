internal import Foundation

/// Runs scripts that lie under Tests.
public enum Script {
  /// Whether a program is installed.
  public static func exists(_ program: String) -> Bool {
    let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin"
    return path.split(separator: ":").contains {
      FileManager.default.isExecutableFile(atPath: "\($0)/\(program)")
    }
  }

  /// The path of something under Tests.
  public static func path(_ name: String, file: String = #filePath) -> String {
    URL(fileURLWithPath: file).deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent(name).path
  }

  /// Runs a script to its end; its exit code and all that it printed.
  public static func run(
    _ name: String, _ arguments: [String] = []
  ) throws -> (status: Int32, output: String) {
    try run(program: path(name), arguments)
  }

  /// Runs a program to its end; its exit code and all that it printed.
  public static func run(
    program: String, _ arguments: [String]
  ) throws -> (status: Int32, output: String) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [program] + arguments
    let output = Pipe()
    process.standardOutput = output
    process.standardError = output
    try process.run()
    let data = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return (process.terminationStatus, String(decoding: data, as: UTF8.self))
  }
}
