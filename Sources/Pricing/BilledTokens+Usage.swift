package import Folding

extension BilledTokens {
  /// The tokens of a model, those of sub-agents included.
  package init(_ usage: ModelUsage) {
    self.init(usage.own, usage.longContext, usage.unitedStates)
    self += BilledTokens(ofSubagents: usage)
  }

  /// The tokens of the sub-agents alone.
  package init(ofSubagents usage: ModelUsage) {
    self.init(usage.subagent, usage.subagentLongContext, usage.subagentUnitedStates)
  }

  private init(
    _ counts: TokenUsage,
    _ long: LongContext,
    _ unitedStates: TokenUsage
  ) {
    self.init()
    all = Classes(counts)
    above100k = Classes(long.over100k)
    above200k = Classes(long.over200k)
    above272k = Classes(long.over272k)
    self.unitedStates = Classes(unitedStates)
    webSearches = counts.webSearches
  }
}

extension BilledTokens.Classes {
  // Reasoning is a part of the output, and billed as such.
  fileprivate init(_ counts: TokenUsage) {
    self.init()
    input = counts.input
    output = counts.output
    cacheRead = counts.cacheRead
    cacheWrite = counts.cacheWrite
    cacheWrite1h = counts.cacheWrite1h
  }
}
