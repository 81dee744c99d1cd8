import Glibc
import LogFormats

/// Control-C while something is being written: the piece at hand is finished first.
enum Interrupt {
  /// Raised by the first one.
  static let stop = StopFlag()

  /// Whether somebody pressed it.
  static var came: Bool { stop.isRaised }

  /// From here on the first one raises ``stop``; the second ends the program, as ever.
  static func catchIt() {
    // A signal handler must not be the first to make it.
    _ = stop
    for number in [SIGINT, SIGTERM] {
      var action = sigaction()
      action.__sigaction_handler.sa_handler = { _ in
        Interrupt.stop.raise()
      }
      action.sa_flags = Int32(bitPattern: UInt32(SA_RESETHAND)) | SA_RESTART
      sigaction(number, &action, nil)
    }
  }
}
