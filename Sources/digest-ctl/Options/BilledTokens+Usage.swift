import Folding
import LogFormats

extension BilledTokens {
  /// The tokens of a model, those of sub-agents included.
  init(_ usage: ModelUsage) {
    self.init(usage.own, usage.longContext)
    self += BilledTokens(usage.subagent, usage.subagentLongContext)
  }

  /// The tokens of the sub-agents alone.
  init(ofSubagents usage: ModelUsage) {
    self.init(usage.subagent, usage.subagentLongContext)
  }

  private init(_ counts: Folding.TokenCounts, _ long: Folding.TokenCounts) {
    self.init()
    all = Classes(counts)
    above100k = Classes(long)
    above200k = Classes(long)
  }
}

extension BilledTokens.Classes {
  // Reasoning is a part of the output, and billed as such.
  fileprivate init(_ counts: Folding.TokenCounts) {
    self.init()
    input = counts.input
    output = counts.output
    cacheRead = counts.cacheRead
    cacheWrite = counts.cacheWrite
    cacheWrite1h = counts.cacheWrite1h
  }
}
