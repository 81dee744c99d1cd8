/// Money that a log reports, in nano-dollars (1e-9 USD); none reported is not the same as 0.
public struct ReportedCost: Sendable, Hashable, CounterFields {
  /// How many reports are in it; with none the cost is unknown, not 0.
  public var reports: Int64 = 0
  /// The sum in nano-dollars.
  public var nanoUSD: Int64 = 0

  /// Makes a cost that nothing reported.
  public init() {}

  /// Makes the cost of one report, or of more.
  package init(nanoUSD: Int64, reports: Int64 = 1) {
    self.reports = reports
    self.nanoUSD = nanoUSD
  }

  /// The cost of a request; unknown where its event names none.
  init(of request: BilledRequest) {
    guard let nanoUSD = request.nanoUSD else { return }
    self.nanoUSD = nanoUSD
    reports = 1
  }

  /// The sum, `nil` where nothing reported any.
  public var value: Int64? { reports == 0 ? nil : nanoUSD }

  /// Takes back what a request reported.
  ///
  /// The money moves, the report stays: what is left is known, too.
  mutating func takeBack(_ request: BilledRequest) {
    guard let nanoUSD = request.nanoUSD else { return }
    self.nanoUSD &-= nanoUSD
    if reports == 0 { reports = 1 }
  }
}
