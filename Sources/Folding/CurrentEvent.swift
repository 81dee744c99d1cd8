internal import Events

/// What ``RunFold/prepare(_:)`` found out about the event that ``RunFold/step(_:)`` will fold.
struct CurrentEvent {
  var kind: KnownKind?
  /// The id that pairs a call with what belongs to it.
  var id: String?
  /// The index of the entry of the id in the working set, if the event has an id.
  var entry: Int?
  /// Which of the kind's spellings of the tool id key carried it.
  var idKey: PayloadKey?

  /// Whether this is the kind, by a look at one byte: `==` of the kinds goes through their protocol.
  var isRunStarted: Bool { if case .runStarted = kind { true } else { false } }
  var isRunEnded: Bool { if case .runEnded = kind { true } else { false } }
  var isToolResult: Bool { if case .toolResult = kind { true } else { false } }
  var isUsage: Bool { if case .usage = kind { true } else { false } }

  /// Whether the event says something about its run as a whole; the run's clock does not move.
  var isAnnotation: Bool {
    switch kind {
    case .agentCost, .runTag, .runNote, .runScore: true
    default: false
    }
  }

  /// Whether the event is late once its run is sealed.
  var canBeLate: Bool {
    switch kind {
    case .runResumed, .verdict: false
    default: !isAnnotation
    }
  }

  /// Whether the clock of the run goes on to the time of the event.
  func movesClock(whenSealed isSealed: Bool) -> Bool {
    if case .verdict = kind { return !isSealed }
    return !isAnnotation
  }

  init() {}

  init(kind: KnownKind?, fields: borrowing PayloadFields) {
    self.kind = kind
    for key in kind?.idKeys ?? [] {
      guard let bytes = fields.string(key) else { continue }
      id = String(decoding: bytes, as: UTF8.self)
      idKey = key
      return
    }
  }
}

extension KnownKind {
  /// The keys that may hold the id of a call, in the order in which they are tried.
  var idKeys: [PayloadKey] {
    switch self {
    case .toolCall: Self.callKeys
    case .toolCallUpdate: Self.updateKeys
    case .toolResult: Self.resultKeys
    case .permissionRequest, .permissionDecision: Self.permissionKeys
    default: Self.noKeys
    }
  }

  private static let callKeys: [PayloadKey] = [.id, .toolCallIDCamel]
  private static let updateKeys: [PayloadKey] = [.toolCallIDCamel, .id]
  private static let resultKeys: [PayloadKey] = [.toolUseID, .toolCallIDCamel, .id]
  private static let permissionKeys: [PayloadKey] = [.id]
  private static let noKeys: [PayloadKey] = []

  /// Whether an event of this kind may close a turn or the run, which sweeps what is open.
  var maySweep: Bool {
    switch self {
    case .turnStart, .turnResult, .runEnded: true
    default: false
    }
  }
}
