internal import Glibc
internal import Storage
internal import Support

/// The folder of a test that kills and breaks things, with everything in it that would explain a
/// failure: the store, what each process said on standard error, and what was done to them when.
///
/// It goes with the test, but stays where it is once something was found wrong.
package final class Evidence {
  package let folder: TemporaryFolder
  private let seed: UInt64
  private var processes = 0
  private let start = MonotonicTime.now()
  private let journal: Int32
  package private(set) var problems: [String] = []

  package init(seed: UInt64) throws {
    self.seed = seed
    folder = try TemporaryFolder()
    journal = open(folder.file("journal.txt"), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
  }

  deinit { close(journal) }

  /// The file that a process is to complain to.
  package func newComplaints(of role: String) -> String {
    processes += 1
    return folder.file("\(processes)-\(role).err")
  }

  /// Writes down what is done, with the time.
  package func note(_ what: String) {
    var line = "\((MonotonicTime.now() - start) / 1000) us: \(what)\n"
    line.withUTF8 { _ = write(journal, $0.baseAddress, $0.count) }
  }

  /// Writes down what is wrong, and keeps everything.
  package func problem(_ what: String) {
    note("WRONG: \(what)")
    folder.keep()
    if problems.count < 10 {
      problems.append("\(what) [seed \(seed), all of it in \(folder.path)]")
    }
  }

  /// Runs `body`; what it throws is a problem like any other.
  package func watching(_ body: () throws -> Void) {
    do { try body() } catch { problem("\(error)") }
  }
}
