package import Events

/// A line in quarantine, with its source.
package struct QuarantinedLine: Sendable, Hashable {
  /// The file, absolute; `-` for standard input.
  package var source: String
  package var line: Int64
  package var reason: String
  package var size: Int64
  package var beginning: [UInt8]

  package init(source: String, line: Int64, reason: String, size: Int64, beginning: [UInt8]) {
    self.source = source
    self.line = line
    self.reason = reason
    self.size = size
    self.beginning = beginning
  }

  /// Writes it as `digest-ctl doctor --json` prints it.
  package func write(to json: inout JSONWriter) {
    json.object { json in
      json.member("source", source)
      json.member("line", line)
      json.member("reason", reason)
      json.member("size", size)
      json.member("beginning", String(decoding: beginning, as: UTF8.self))
    }
  }
}
