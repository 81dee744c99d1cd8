internal import Glibc

/// The kernel's notices of what happens in folders.
///
/// It holds one descriptor, however many folders are watched. Confined to the one who made it.
final class Inotify {
  /// Something that happened in a folder.
  struct Event {
    /// The watch of the folder; negative where the kernel lost count.
    var watch: Int32
    /// The name of the entry; `nil` where it happened to the folder itself.
    var name: String?
    private let mask: Int32

    fileprivate init(watch: Int32, mask: UInt32, name: String?) {
      self.watch = watch
      self.mask = Int32(bitPattern: mask)
      self.name = name
    }

    /// Made up, for tests and for whoever knows that events were lost.
    static let lost = Event(watch: -1, mask: UInt32(IN_Q_OVERFLOW), name: nil)

    /// More happened than the kernel could keep: anything may have changed.
    var isOverflow: Bool { mask & IN_Q_OVERFLOW != 0 }
    /// The watch is no more.
    var isWatchGone: Bool { mask & IN_IGNORED != 0 }
    /// The folder is no longer where it was.
    var isFolderGone: Bool { mask & (IN_DELETE_SELF | IN_MOVE_SELF | IN_UNMOUNT) != 0 }
    /// The entry is no longer there.
    var isEntryGone: Bool { mask & (IN_DELETE | IN_MOVED_FROM) != 0 }
  }

  /// What becomes readable when something has happened.
  let descriptor: Int32
  private var buffer = [UInt8](repeating: 0, count: 1 << 16)

  private static let what =
    IN_CREATE | IN_MODIFY | IN_ATTRIB | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE_SELF
    | IN_MOVE_SELF | IN_ONLYDIR | IN_EXCL_UNLINK

  /// Asks the kernel for notices; `nil`, with `errno` set, where it gives none.
  init?() {
    descriptor = inotify_init1(Int32(IN_NONBLOCK) | Int32(IN_CLOEXEC))
    guard descriptor >= 0 else { return nil }
  }

  deinit {
    if descriptor >= 0 { close(descriptor) }
  }

  /// Watches a folder; the number of the watch, or `nil` with `errno` set.
  func watch(_ folder: String) -> Int32? {
    let watch = inotify_add_watch(descriptor, folder, UInt32(Self.what))
    return watch >= 0 ? watch : nil
  }

  func unwatch(_ watch: Int32) {
    inotify_rm_watch(descriptor, watch)
  }

  /// Hands over what has happened, without waiting for more.
  func drain(_ body: (Event) -> Void) {
    while true {
      let count = buffer.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return }
      buffer.withUnsafeBytes { bytes in
        var start = 0
        let header = MemoryLayout<inotify_event>.size
        while start + header <= count {
          let event = bytes.loadUnaligned(fromByteOffset: start, as: inotify_event.self)
          let end = start + header + Int(event.len)
          let name = bytes[(start + header)..<min(end, count)].prefix { $0 != 0 }
          body(
            Event(
              watch: event.wd,
              mask: event.mask,
              name: name.isEmpty ? nil : String(decoding: name, as: UTF8.self)
            )
          )
          start = end
        }
      }
    }
  }
}

/// Whoever tells of changes in folders.
protocol FolderWatcher: AnyObject {
  /// Watches a folder; the number of the watch, or `nil` with `errno` set.
  func watch(_ folder: String) -> Int32?
  func unwatch(_ watch: Int32)
}

extension Inotify: FolderWatcher {}
