internal import Events

/// One request to a model as its `usage` event tells it.
struct BilledRequest: Sendable, Hashable {
  /// The key that it is counted under: the model, and the tier where it names one.
  var model: Name
  /// With one request.
  var counts: TokenUsage
  var isSubagent: Bool
  /// Whether it had to be served in the United States, which some models price higher.
  var isUnitedStates: Bool
  /// What it cost, where the event says so.
  var nanoUSD: Int64?
  /// Whether the event says how large its context was.
  var hasContext: Bool

  /// Reads the payload of a `usage`; one that names no model is of `runModel`.
  init(_ fields: borrowing PayloadFields, runModel: String?) {
    model = Name.model(fields, runModel: runModel)
    isSubagent = fields.isTrue(.subagent)
    isUnitedStates = fields.string(.inferenceGeo).map { $0.elementsEqual("us".utf8) } ?? false
    nanoUSD = fields.money(.costUSD)
    let input = fields.tokens(.inputTokens)
    let cacheRead = fields.tokens(.cacheReadTokens)
    let cacheWrite = fields.tokens(.cacheWriteTokens)
    hasContext = input != nil || cacheRead != nil || cacheWrite != nil
    counts = TokenUsage()
    counts.requests = 1
    counts.partialRequests = fields.isTrue(.partial) ? 1 : 0
    counts.unknownRequests = fields.isTrue(.unknown) ? 1 : 0
    counts.input = input ?? 0
    counts.output = fields.tokens(.outputTokens) ?? 0
    counts.reasoning = fields.tokens(.reasoningTokens) ?? 0
    counts.cacheRead = cacheRead ?? 0
    counts.cacheWrite = cacheWrite ?? 0
    counts.cacheWrite1h = fields.tokens(.cacheWrite1hTokens) ?? 0
    counts.webSearches = fields.count(.webSearches) ?? 0
  }
}

extension Name {
  /// The key of a request's model: the tier, where there is one, stands behind an `@`.
  fileprivate static func model(_ fields: borrowing PayloadFields, runModel: String?) -> Name {
    let bytes = fields.string(.model)
    guard let tier = ServiceTier(fields) else {
      return bytes.map { Name(NameBytes($0)) } ?? runModel.map { Name($0) } ?? .unknown
    }
    let model =
      bytes.map { String(decoding: $0, as: UTF8.self) } ?? runModel ?? Name.unknown.text
    return Name("\(model)@\(tier.rawValue)")
  }

  /// Whether the name is that of a model without a tier.
  var isWithoutTier: Bool {
    guard let at = bytes.lastIndex(of: UInt8(ascii: "@")) else { return true }
    return ServiceTier(rawValue: String(decoding: bytes[(at + 1)...], as: UTF8.self)) == nil
  }

  /// The key of this model with a tier.
  func with(_ tier: ServiceTier) -> Name { Name("\(text)@\(tier.rawValue)") }
}

extension ServiceTier {
  /// The tier of a `usage`; any other word reads as absent.
  fileprivate init?(_ fields: borrowing PayloadFields) {
    guard let bytes = fields.string(.tier) else { return nil }
    self.init(rawValue: String(decoding: bytes, as: UTF8.self))
  }
}
