import ArgumentParser
import Glibc

/// Where the program starts.
@main
enum Start {
  static func main() {
    // A standard descriptor that is closed must not become a file of the store: what is printed would be
    // written there. These fail instead.
    for descriptor in Int32(0)...2 where fcntl(descriptor, F_GETFD) < 0 {
      _ = open("/dev/null", descriptor == 0 ? O_WRONLY : O_RDONLY)
    }
    // The parent process may ignore SIGPIPE; a closed pipe ends this process silently.
    signal(SIGPIPE, SIG_DFL)
    // A limit on the size of files is reported like a full disk.
    signal(SIGXFSZ, SIG_IGN)
    checkMemory()
    checkDescriptors()
    Task.detached {
      await DigestCtl.perform()
      exit(0)
    }
    // Not an asynchronous main, nor Dispatch's: both end this thread. Its unwinding makes a static
    // program sort all of its frames first, which takes 30 ms. This thread also takes the signals,
    // with those that the parent process had blocked.
    var none = sigset_t()
    sigemptyset(&none)
    while true { sigsuspend(&none) }
  }

  /// Below this no stack of a thread can be had; Swift would trap or wait for ever.
  private static let addressSpaceNeeded: UInt64 = 80 << 20

  /// Ends the program where the limit on memory is too low.
  private static func checkMemory() {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit) == 0,
      limit.rlim_cur < addressSpaceNeeded
    else { return }
    Failure.say(
      "the limit on memory is \(limit.rlim_cur >> 20) MiB, and \(addressSpaceNeeded >> 20) are needed; "
        + "raise it with ulimit -v"
    )
    exit(Failure.refused.rawValue)
  }

  /// Files that a verb has open at once: the store with its WAL and its gate, on two connections, and
  /// what Dispatch opens for itself.
  private static let descriptorsNeeded = 12

  /// Ends the program where the limit on open files is too low: Dispatch would trap.
  private static func checkDescriptors() {
    var limit = rlimit()
    if getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0, limit.rlim_cur < 64 {
      limit.rlim_cur = min(64, limit.rlim_max)
      setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }
    var free: [Int32] = []
    var isLimited = false
    while free.count < descriptorsNeeded {
      // Not a copy of a standard stream: that may be closed.
      let descriptor = open("/dev/null", O_RDONLY | O_CLOEXEC)
      guard descriptor >= 0 else {
        isLimited = errno == EMFILE || errno == ENFILE
        break
      }
      free.append(descriptor)
    }
    for descriptor in free { close(descriptor) }
    guard isLimited else { return }
    Failure.say(
      "the limit on open files leaves room for \(free.count), and \(descriptorsNeeded) are needed; "
        + "raise it with ulimit -n"
    )
    exit(Failure.refused.rawValue)
  }
}
