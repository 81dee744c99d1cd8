import LogFormats
import Pricing
import RunDigest

/// Which cost is shown, and by which price list: what ``CostOptions`` says, without the parser.
struct PriceChoice {
  var mode = CostMode.auto
  /// The list that is asked for.
  var path: String?

  /// The file that is laid over the built-in list; `nil` for none.
  var source: String? { path ?? CommonOptions.variable("RUNDIGEST_PRICES") }

  /// What prices tokens of any model.
  func pricing() throws -> CostEstimator {
    CostEstimator(mode: mode, table: mode == .reported ? nil : try table())
  }

  /// What prices tokens of these models alone, which is read in less time.
  func pricing(of models: [String]) throws -> CostEstimator {
    CostEstimator(mode: mode, table: mode == .reported ? nil : try table(of: models))
  }

  func table() throws -> PriceTable {
    try table { () throws(PriceTableProblem) in try PriceTable.builtIn() }
  }

  private func table(of models: [String]) throws -> PriceTable {
    try table { () throws(PriceTableProblem) in try PriceTable.builtIn(of: models) }
  }

  private func table(
    builtIn: () throws(PriceTableProblem) -> PriceTable
  ) throws -> PriceTable {
    do throws(PriceTableProblem) {
      guard let source else { return try builtIn() }
      return try PriceTable(contentsOf: source).over(try builtIn())
    } catch {
      throw Failure.Problem(
        code: error.isMissingFile ? Failure.notFound : Failure.usage,
        sentence: error.sentence
      )
    }
  }
}
