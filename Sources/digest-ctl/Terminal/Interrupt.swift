import Glibc
import Synchronization

/// Control-C while something is being written: the piece at hand is finished first.
enum Interrupt {
  private static let flag = Atomic<Bool>(false)

  /// Whether somebody pressed it.
  static var came: Bool { flag.load(ordering: .relaxed) }

  /// From here on the first one sets ``came``; the second ends the program, as ever.
  static func catchIt() {
    for number in [SIGINT, SIGTERM] {
      var action = sigaction()
      action.__sigaction_handler.sa_handler = { _ in
        Interrupt.flag.store(true, ordering: .relaxed)
      }
      action.sa_flags = Int32(bitPattern: UInt32(SA_RESETHAND)) | SA_RESTART
      sigaction(number, &action, nil)
    }
  }
}
