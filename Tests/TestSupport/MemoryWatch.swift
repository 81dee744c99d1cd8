internal import Glibc

/// What a long test must keep small, looked at again and again while it goes on.
package struct MemoryWatch: Sendable {
  /// One look.
  package struct Sample: Sendable {
    /// The memory that the process has in use.
    package let residentBytes: Int
    /// The largest of the write-ahead logs that are watched.
    package let walBytes: Int
  }

  package private(set) var samples: [Sample] = []

  package init() {}

  /// Looks until the task is cancelled, and once more at the end.
  package static func untilCancelled(
    every interval: Duration = .milliseconds(200),
    logs: [String]
  ) async -> MemoryWatch {
    var watch = MemoryWatch()
    while !Task.isCancelled {
      watch.look(logs)
      try? await Task.sleep(for: interval)
    }
    watch.look(logs)
    return watch
  }

  private mutating func look(_ logs: [String]) {
    let sizes = logs.map { path in
      var status = stat()
      return stat(path, &status) == 0 ? Int(status.st_size) : 0
    }
    samples.append(Sample(residentBytes: Self.residentBytes, walBytes: sizes.max() ?? 0))
  }

  /// The memory that this process has in use, without the pages of files: the more of a program has
  /// been run, the more of it is in memory, and the kernel takes that back when it needs it.
  package static var residentBytes: Int {
    guard let file = fopen("/proc/self/status", "r") else { return 0 }
    defer { fclose(file) }
    var buffer = [CChar](repeating: 0, count: 8192)
    let count = fread(&buffer, 1, buffer.count, file)
    let text = String(decoding: buffer.prefix(count).map(UInt8.init(bitPattern:)), as: UTF8.self)
    let line = text.split(separator: "\n").first { $0.hasPrefix("RssAnon:") }
    return (line?.split { !$0.isNumber }.first.flatMap { Int($0) } ?? 0) << 10
  }

  /// The largest write-ahead log seen.
  package var walBytesMax: Int { samples.map(\.walBytes).max() ?? 0 }

  /// The most memory seen in use.
  package var residentBytesMax: Int { samples.map(\.residentBytes).max() ?? 0 }

  /// By how much the memory is more in the last quarter of the time than in the second, both by their
  /// medians: in the first, what has a limit grows to it.
  package var growthBytes: Int { median(3) - median(1) }

  private func median(_ quarter: Int) -> Int {
    let part = samples[(samples.count * quarter / 4)..<(samples.count * (quarter + 1) / 4)]
    let sorted = part.map(\.residentBytes).sorted()
    return sorted.isEmpty ? 0 : sorted[sorted.count / 2]
  }

  /// The figures in one line, each at the ends of the four quarters of the time.
  package var summary: String {
    guard !samples.isEmpty else { return "nothing seen" }
    let ends = (0...4).map { samples[(samples.count - 1) * $0 / 4].residentBytes }
    return "resident \(ends.map(Self.megabytes).joined(separator: ", ")), "
      + "at most \(Self.megabytes(residentBytesMax)) MB; log at most \(Self.megabytes(walBytesMax)) MB"
  }

  private static func megabytes(_ bytes: Int) -> String {
    let tenths = bytes * 10 / (1 << 20)
    return "\(tenths / 10).\(tenths % 10)"
  }
}

/// How long tests go on that may go on for as long as one likes.
package enum Soak {
  /// `RUNDIGEST_SOAK` in seconds, else a few.
  package static let seconds =
    getenv("RUNDIGEST_SOAK").flatMap { Int(String(cString: $0)) } ?? 3

  /// Whether it was asked for: then the process has nothing else to do, and its memory is telling.
  package static let isLong = getenv("RUNDIGEST_SOAK") != nil
}
