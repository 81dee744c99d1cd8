/// A number for what a run used, of which a multiple bounds its cost by any price list.
///
/// Each class of tokens has a weight near to what it costs relative to the others with most models. With
/// the highest ratio of price to weight among a run's models, the weight bounds the estimate from above:
/// a list by cost opens runs by descending weight, and ends where no other can be among the first.
package enum CostWeight {
  package static let input: Int64 = 10
  package static let output: Int64 = 50
  package static let cacheRead: Int64 = 1
  package static let cacheWrite: Int64 = 12
  package static let cacheWrite1h: Int64 = 20
  package static let webSearch: Int64 = 100_000

  /// The weight of all models; the highest where counts are odd, for nothing bounds those.
  package static func of(_ models: NameMap<ModelUsage>) -> Int64 {
    var sum: Int64 = 0
    for (_, usage) in models.entries {
      for (whole, long) in [
        (usage.own, usage.longContext), (usage.subagent, usage.subagentLongContext),
      ] {
        guard let weight = weight(whole),
          isNested([whole, long.over100k, long.over200k, long.over272k])
        else { return .max }
        let (next, isOver) = sum.addingReportingOverflow(weight)
        if isOver { return .max }
        sum = next
      }
      let parts = [(usage.own, usage.unitedStates), (usage.subagent, usage.subagentUnitedStates)]
      guard parts.allSatisfy({ isNested([$0, $1]) }) else { return .max }
    }
    return sum
  }

  private static func weight(_ usage: TokenUsage) -> Int64? {
    let short = usage.cacheWrite &- usage.cacheWrite1h
    let products = [
      (usage.input, input), (usage.output, output), (usage.cacheRead, cacheRead),
      (short, cacheWrite), (usage.cacheWrite1h, cacheWrite1h), (usage.webSearches, webSearch),
    ]
    var sum: Int64 = 0
    for (count, weight) in products {
      // Up to here no product and no sum of six overflows.
      guard (0...(Int64.max / 1_000_000)).contains(count) else { return nil }
      sum += count * weight
    }
    return sum
  }

  /// Whether each part lies in the one before it, class by class.
  private static func isNested(_ parts: [TokenUsage]) -> Bool {
    zip(parts, parts.dropFirst()).allSatisfy { whole, part in
      [
        (whole.input, part.input), (whole.output, part.output), (whole.cacheRead, part.cacheRead),
        (whole.cacheWrite, part.cacheWrite), (whole.cacheWrite1h, part.cacheWrite1h),
        (whole.cacheWrite &- whole.cacheWrite1h, part.cacheWrite &- part.cacheWrite1h),
      ].allSatisfy { 0 <= $1 && $1 <= $0 }
    }
  }
}
