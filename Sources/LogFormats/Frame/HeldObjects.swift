internal import Events
internal import FoundationEssentials

/// What a log has before its conversation begins: settings, a header, the program's own words.
///
/// It is held until somebody says something, since a conversation in which nobody did is not a run.
struct HeldObjects: Codable, Sendable {
  private var objects: [Data] = []

  /// So many are held at most: what goes on behind them is a run of some kind.
  private static let limit = 500

  init() {}

  init(holding object: JSONObject) { hold(object) }

  var isEmpty: Bool { objects.isEmpty }
  var isFull: Bool { objects.count >= Self.limit }

  mutating func hold(_ object: JSONObject) {
    objects.append(Data(object.raw))
  }

  /// The bytes of all that is held.
  var joined: [UInt8] { objects.flatMap { $0 } }

  /// Hands over what is held, in order, and forgets it.
  mutating func release(_ body: (JSONObject) -> Void) {
    let held = objects
    objects = []
    for bytes in held {
      Array(bytes).withUnsafeBytes { text in
        if let object = JSONObject(try? JSONValue.parse(text)) { body(object) }
      }
    }
  }
}
