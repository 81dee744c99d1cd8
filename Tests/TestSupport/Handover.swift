internal import Foundation
internal import Glibc

/// What a test tells the process of its exit test, which shares nothing with it but its parentage.
///
/// Through files, and not through the environment: glibc moves that when a variable is added, while
/// other tests read it. Names are unique to those that run at the same time.
///
/// ```swift
/// try Handover.give(folder.file(), as: "store")
/// await #expect(processExitsWith: .success) {
///   let path = try Handover.take("store")
/// }
/// ```
package enum Handover {
  /// Leaves a value for a process that is started next.
  package static func give(_ value: String, as name: String) throws {
    try Data(value.utf8).write(to: place(of: name, for: getpid()))
  }

  /// Takes what the process that started this one has left for it.
  package static func take(_ name: String) throws -> String {
    let place = place(of: name, for: getppid())
    defer { try? FileManager.default.removeItem(at: place) }
    return String(decoding: try Data(contentsOf: place), as: UTF8.self)
  }

  private static func place(of name: String, for parent: pid_t) -> URL {
    FileManager.default.temporaryDirectory
      .appendingPathComponent("rundigest-handover-\(parent)-\(name)")
  }
}
