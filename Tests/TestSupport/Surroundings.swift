internal import Glibc

/// The bytes of a file, none if there is none.
package func contents(of path: String) -> [UInt8] {
  let file = open(path, O_RDONLY | O_CLOEXEC)
  guard file >= 0 else { return [] }
  defer { close(file) }
  var status = stat()
  guard fstat(file, &status) == 0, status.st_size > 0 else { return [] }
  let size = Int(status.st_size)
  return [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
    count = max(0, read(file, buffer.baseAddress, size))
  }
}

/// A number that the environment gives, for more than an everyday run does.
package func setting(_ name: String, default value: Int) -> Int {
  getenv(name).flatMap { Int(String(cString: $0)) } ?? value
}
