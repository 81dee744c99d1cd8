internal import Glibc

/// The few file calls of the benchmark.
enum BenchFile {
  static func remove(_ path: String) {
    unlink(path)
  }

  /// The size of a file in bytes, 0 if there is none.
  static func size(_ path: String) -> Int {
    var status = stat()
    return stat(path, &status) == 0 ? Int(status.st_size) : 0
  }

  /// Forgets the highest memory use of this process so far.
  static func resetPeakMemory() {
    guard let file = fopen("/proc/self/clear_refs", "w") else { return }
    fputs("5", file)
    fclose(file)
  }

  /// The highest memory use of this process since then, in MiB.
  static func peakMemoryMiB() -> Double { statusMiB("VmHWM:") }

  /// The memory that this process uses now, in MiB.
  static func memoryMiB() -> Double { statusMiB("VmRSS:") }

  /// The processor time that this process has used, in seconds.
  static func processorSeconds() -> Double {
    var used = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used)
    return Double(used.tv_sec) + Double(used.tv_nsec) / 1e9
  }

  private static func statusMiB(_ key: String) -> Double {
    guard let file = fopen("/proc/self/status", "r") else { return 0 }
    defer { fclose(file) }
    var line = [CChar](repeating: 0, count: 256)
    while fgets(&line, Int32(line.count), file) != nil {
      let text = String(
        decoding: line.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)),
        as: UTF8.self
      )
      guard text.hasPrefix(key) else { continue }
      return (Double(text.filter(\.isNumber)) ?? 0) / 1024
    }
    return 0
  }
}
