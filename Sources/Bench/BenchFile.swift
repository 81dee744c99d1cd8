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
}
