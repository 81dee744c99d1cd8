import Events
import TestSupport
import Testing

@testable import Folding
@testable import Pricing

/// A list by cost ends where the ceilings say so: none may be below what a run costs.
@Suite("Cost ceilings") struct CostCeilingTests {
  private static func map(_ name: String, _ usage: ModelUsage) -> NameMap<ModelUsage> {
    var map = NameMap<ModelUsage>()
    _ = map.append(Name(name), usage)
    return map
  }

  @Test("no usage of any model costs more than its weight times the ceiling of the model")
  func ceilings() throws {
    let table = try PriceTable.builtIn()
    let estimator = CostEstimator(mode: .estimated, table: table)
    var numbers = SeededNumbers(seed: 7)
    func count() -> Int64 {
      numbers.next() % 3 == 0 ? 0 : Int64(numbers.next() % (1 << (numbers.next() % 24)))
    }
    func usage() -> TokenUsage {
      var usage = TokenUsage()
      (usage.input, usage.output, usage.cacheRead) = (count(), count(), count())
      usage.cacheWrite1h = count()
      usage.cacheWrite = usage.cacheWrite1h + count()
      usage.webSearches = count() % 20
      return usage
    }
    let names = table.models.flatMap { [$0.name] + $0.aliases }
    for name in names + ["openai/gpt-5-priority", "gpt-5:flex"] {
      for _ in 0..<20 {
        var model = ModelUsage()
        model.own = usage()
        switch numbers.next() % 3 {
        case 0: model.longContext.over100k = model.own
        case 1:
          model.longContext.over100k = model.own
          model.longContext.over200k = model.own
          model.longContext.over272k = model.own
        default: break
        }
        if numbers.next() % 2 == 0 { model.unitedStates = model.own }
        model.subagent = usage()
        let models = Self.map(name, model)
        let cost = estimator.estimate(models, at: nil).nanoUSD ?? 0
        let bound = Double(CostWeight.of(models)) * estimator.ceiling(of: name) * (1 + 1e-9) + 1
        #expect(Double(cost) <= bound, "\(name): \(model)")
      }
    }
  }

  @Test("usage whose parts exceed their whole has the highest weight, for nothing bounds it")
  func oddCounts() {
    var model = ModelUsage()
    model.own.input = 5
    #expect(CostWeight.of(Self.map("m", model)) == 50)
    model.longContext.over100k.input = 6
    #expect(CostWeight.of(Self.map("m", model)) == .max)
    model = ModelUsage()
    model.own.output = -1
    #expect(CostWeight.of(Self.map("m", model)) == .max)
    model.own.output = .max / 2
    #expect(CostWeight.of(Self.map("m", model)) == .max)
  }
}
