internal import FoundationEssentials

/// How far a zone's clocks are from UTC, from the system's own tables (RFC 8536).
struct TimeZoneTable {
  private var times: [Int64] = []
  private var offsets: [Int64] = []
  private var first: Int64 = 0
  /// Whether the last entry is in force for ever.
  private var isOpenEnded = true

  /// Reads the table of a zone; `nil` where the system has none of this name.
  init?(_ name: String) {
    let isName = name.utf8.allSatisfy {
      ($0 | 0x20) >= 0x61 && ($0 | 0x20) <= 0x7A || "0123456789/_+-".utf8.contains($0)
    }
    guard isName, !name.isEmpty, !name.hasPrefix("/") else { return nil }
    let file = URL(filePath: "/usr/share/zoneinfo/" + name)
    guard let data = try? Data(contentsOf: file), read([UInt8](data)) else { return nil }
  }

  /// Seconds to add to UTC; `nil` where the table does not reach that far.
  func offset(at seconds: Int64) -> Int64? {
    guard let place = times.lastIndex(where: { $0 <= seconds }) else { return first }
    return place == times.count - 1 && !isOpenEnded ? nil : offsets[place]
  }

  private mutating func read(_ bytes: [UInt8]) -> Bool {
    guard let old = Header(bytes, at: 0), old.version >= 0x32 else { return false }
    let start = 44 + old.length(ofTimes: 4)
    guard let header = Header(bytes, at: start), header.types > 0 else { return false }
    let timesStart = start + 44
    let placesStart = timesStart + header.times * 8
    let typesStart = placesStart + header.times
    let end = timesStart + header.length(ofTimes: 8)
    guard end <= bytes.count else { return false }
    func number(_ at: Int, _ count: Int) -> Int64 {
      let raw = bytes[at..<at + count].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
      let unused = 64 - count * 8
      return Int64(bitPattern: raw << unused) >> unused
    }
    first = number(typesStart, 4)
    for place in 0..<header.times {
      let type = Int(bytes[placesStart + place])
      guard type < header.types else { return false }
      times.append(number(timesStart + place * 8, 8))
      offsets.append(number(typesStart + type * 6, 4))
    }
    // What stands behind the table is a rule for the time after it, where summers have one.
    isOpenEnded = !bytes[end...].contains(0x2C)
    return true
  }

  private struct Header {
    var version: UInt8
    var counts: [Int]

    init?(_ bytes: [UInt8], at start: Int) {
      guard bytes.count >= start + 44, Array(bytes[start..<start + 4]) == Array("TZif".utf8) else {
        return nil
      }
      version = bytes[start + 4]
      counts = (0..<6).map { place in
        let at = start + 20 + place * 4
        return bytes[at..<at + 4].reduce(0) { $0 << 8 | Int($1) }
      }
    }

    var times: Int { counts[3] }
    var types: Int { counts[4] }

    func length(ofTimes size: Int) -> Int {
      times * (size + 1) + types * 6 + counts[5] + counts[2] * (size + 4) + counts[1] + counts[0]
    }
  }
}
