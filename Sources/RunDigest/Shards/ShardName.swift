internal import Engine

/// The file of a team's shard: inside the pool's folder whatever the team is called, and of no
/// other team.
///
/// 1. Lower-case ASCII letters, digits, `-` and `_` of a name stand for themselves; a run of other
///    bytes is written in hexadecimal between two `%`. So two names never meet in one file, also
///    where the file system folds case or composes letters, and `..`, `/` and NUL are just bytes.
/// 2. A name that comes to more than 200 characters so is refused: SQLite opens no path of more
///    than 512 bytes.
/// 3. Two spellings of a letter, composed and not, are two names, as they are for runs.
struct ShardName: Hashable, Sendable {
  /// The name of the store's file.
  let file: String

  private static let lengthMax = 200
  private static let digits = Array("0123456789abcdef".utf8)

  init(_ team: String) throws {
    guard !team.isEmpty else {
      throw StoreError(.invalidArgument, "the name of a team cannot be empty; name one")
    }
    var name: [UInt8] = []
    var isInHexadecimal = false
    for byte in team.utf8 {
      let isPlain =
        switch byte {
        case 0x61...0x7A, 0x30...0x39, 0x2D, 0x5F: true
        default: false
        }
      if isPlain == isInHexadecimal {
        name.append(0x25)
        isInHexadecimal.toggle()
      }
      if isPlain {
        name.append(byte)
      } else {
        name += [Self.digits[Int(byte >> 4)], Self.digits[Int(byte & 15)]]
      }
      guard name.count < Self.lengthMax else {
        throw StoreError(
          .invalidArgument,
          "the name of a team of \(team.utf8.count) bytes is too long for a file; shorten it"
        )
      }
    }
    if isInHexadecimal { name.append(0x25) }
    file = String(decoding: name, as: UTF8.self) + ".sqlite"
  }
}
