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
}
