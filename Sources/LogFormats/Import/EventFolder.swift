internal import Glibc

/// A folder with a file for each event of a conversation, as OpenHands keeps them, as one log:
/// the files in the order of their numbers, a line each.
///
/// A file is written once and never again, so the log only grows. Its last line has no end until
/// there is another file: should that file break off, more of it is waited for.
struct EventFolder {
  /// A file, and where it begins in the log.
  struct Part {
    var number: Int64
    var name: String
    var start: Int64
    var bytes: Int64
  }

  private(set) var parts: [Part] = []
  /// How long the log is.
  private(set) var bytes: Int64 = 0
  /// The time of the last change of any of the files, in nanoseconds.
  private(set) var mtime: Int64 = 0

  /// The name that such a folder has.
  private static let name = "events"
  /// The name of the file beside it that says how the conversation stands.
  static let stateName = "base_state.json"

  /// Whether a path is one of such a folder.
  static func isOne(_ path: String) -> Bool {
    path.hasSuffix("/" + name)
  }

  /// The number of an event by the name of its file, `12.json` or `event-00012-<id>.json`; `nil`
  /// where it is another file.
  static func number(of file: String) -> Int64? {
    guard file.hasSuffix(".json") else { return nil }
    var stem = file.dropLast(5)
    guard stem.hasPrefix("event-") else { return Int64(digits: stem) }
    stem = stem.dropFirst(6)
    let digits = stem.prefix { $0 != "-" }
    return digits.count >= 5 && stem.count > digits.count + 8 ? Int64(digits: digits) : nil
  }

  /// The folder that a file is an event of.
  static func of(file path: String) -> String? {
    guard let slash = path.lastIndex(of: "/"), number(of: String(path[slash...].dropFirst())) != nil
    else { return nil }
    let folder = String(path[..<slash])
    return isOne(folder) ? folder : nil
  }

  /// Looks at what is in a folder; `nil` where it cannot be read.
  init?(descriptor: Int32) {
    let own = openat(descriptor, ".", O_RDONLY | O_CLOEXEC | O_DIRECTORY)
    guard own >= 0, let stream = fdopendir(own) else { return nil }
    defer { closedir(stream) }
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(validatingCString: $0) }
      }
      var status = stat()
      guard let name, let number = Self.number(of: name),
        fstatat(descriptor, name, &status, 0) == 0, status.st_mode & S_IFMT == S_IFREG
      else { continue }
      let bytes = Int64(status.st_size)
      parts.append(Part(number: number, name: name, start: 0, bytes: bytes))
      let changed =
        Int64(status.st_mtim.tv_sec) * 1_000_000_000 + Int64(status.st_mtim.tv_nsec)
      mtime = max(mtime, changed)
    }
    parts.sort { ($0.number, $0.name) < ($1.number, $1.name) }
    for i in parts.indices {
      // A line end stands before each file but the first.
      if i > 0 { bytes += 1 }
      parts[i].start = bytes
      bytes += parts[i].bytes
    }
  }

  /// The place of the part that a byte of the log is in, or before which its line end stands.
  func part(at offset: Int64) -> Int {
    var low = 0
    var high = parts.count
    while low < high {
      let middle = (low + high) / 2
      if parts[middle].start + parts[middle].bytes <= offset {
        low = middle + 1
      } else {
        high = middle
      }
    }
    return low
  }
}

/// Reads the log that a folder of events is.
///
/// Confined to the one who opened it.
final class EventFolderReader {
  let folder: EventFolder
  private let descriptor: Int32
  private(set) var offset: Int64
  private var open: (part: Int, descriptor: Int32)?

  init(_ folder: EventFolder, descriptor: Int32, at offset: Int64 = 0) {
    self.folder = folder
    self.descriptor = descriptor
    self.offset = offset
  }

  deinit { closePart() }

  func seek(to offset: Int64) {
    self.offset = offset
    closePart()
  }

  /// Reads up to `count` bytes; answers how many, 0 at the end, and -1 with `errno` set.
  func read(into base: UnsafeMutableRawPointer, _ count: Int) -> Int {
    var total = 0
    while total < count, offset < folder.bytes {
      let index = folder.part(at: offset)
      guard index < folder.parts.count else { break }
      let part = folder.parts[index]
      guard offset >= part.start else {
        base.storeBytes(of: 0x0A, toByteOffset: total, as: UInt8.self)
        offset += 1
        total += 1
        continue
      }
      guard let file = openPart(index) else { return total > 0 ? total : -1 }
      let place = offset - part.start
      let wanted = min(count - total, Int(part.bytes - place))
      let got = pread(file, base + total, wanted, off_t(place))
      guard got > 0 else { return total > 0 || got == 0 ? total : -1 }
      // A document over many lines is one line: an end of line within JSON is but a blank.
      let bytes = UnsafeMutableRawBufferPointer(start: base + total, count: got)
      for i in bytes.indices where bytes[i] == 0x0A { bytes[i] = 0x20 }
      offset += Int64(got)
      total += got
    }
    return total
  }

  private func openPart(_ index: Int) -> Int32? {
    if let open, open.part == index { return open.descriptor }
    closePart()
    let file = openat(descriptor, folder.parts[index].name, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard file >= 0 else { return nil }
    open = (index, file)
    return file
  }

  private func closePart() {
    if let open { close(open.descriptor) }
    open = nil
  }
}

extension Int64 {
  /// Reads a number of nothing but digits.
  fileprivate init?(digits: Substring) {
    guard !digits.isEmpty, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
      return nil
    }
    self.init(digits)
  }
}
