public import Foundation

/// Runs the scripts of the oracle, an implementation of the fold's rules that shares nothing with
/// this package.
public enum Oracle {
  /// A script that failed.
  public struct Failed: Error {
    /// Its exit code.
    public let status: Int32
    /// Its arguments.
    public let arguments: [String]
  }

  /// Whether there is a Python to run it with.
  public static var isAvailable: Bool {
    (try? run(["-c", "pass"])) != nil
  }

  /// Makes seeded random logs in a new folder; the caller removes it.
  public static func generateLogs(seed: String, count: Int, eventsMax: Int) throws -> URL {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("rundigest-oracle-\(UUID().uuidString)")
    _ = try run(
      [script("generate_logs.py"), seed, "\(count)", "\(eventsMax)", folder.path])
    return folder
  }

  /// What the oracle makes of a log.
  public static func fold(_ log: URL) throws -> [String: Any] {
    let data = try run([script("fold_oracle.py"), log.path])
    return try JSONSerialization.jsonObject(with: data) as? [String: Any] ?? [:]
  }

  private static func script(_ name: String, file: String = #filePath) -> String {
    URL(fileURLWithPath: file).deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("Oracle/" + name).path
  }

  private static func run(_ arguments: [String]) throws -> Data {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["python3"] + arguments
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let data = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      throw Failed(status: process.terminationStatus, arguments: arguments)
    }
    return data
  }
}
