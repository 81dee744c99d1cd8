import Glibc
import RunDigest

/// Where the program starts.
@main
enum Start {
  static func main() {
    // Whoever started us may have SIGPIPE ignored; a closed pipe shall end us without a word.
    signal(SIGPIPE, SIG_DFL)
    // A limit on the size of files shall be reported like any full disk.
    signal(SIGXFSZ, SIG_IGN)
    // A flow that is timed has the phases of the parser among its own.
    if !FlowTimer.isOn, let request = InsightRequest(plain: CommandLine.arguments.dropFirst()) {
      answer(request)
    }
    Task.detached {
      await DigestCtl.perform()
      exit(0)
    }
    // Not an asynchronous main, nor Dispatch's: both end this thread, which unwinds it, and for
    // that a program without dynamic libraries first sorts all of its frames, for 30 ms. It is the
    // one that takes signals, also those that whoever started us had blocked.
    var none = sigset_t()
    sigemptyset(&none)
    while true { sigsuspend(&none) }
  }

  private static func answer(_ request: InsightRequest) -> Never {
    do {
      try request.answer()
      try Output.flush()
    } catch {
      Failure.exit(with: error, in: DigestCtl.self)
    }
    exit(0)
  }
}
