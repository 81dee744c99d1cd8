/// The values of all ``DigestCounter`` cases, stored in place.
///
/// A 64-bit sum wraps instead of trapping: its parts come from logs, any number of times, and stay additive.
public struct Counters: Sendable {
  private typealias Eight = (Int64, Int64, Int64, Int64, Int64, Int64, Int64, Int64)
  private var values: (Eight, Eight, Eight, Eight)

  /// How many counters fit.
  static let capacity = 32

  /// Makes counters of zero.
  public init() {
    let zeros: Eight = (0, 0, 0, 0, 0, 0, 0, 0)
    values = (zeros, zeros, zeros, zeros)
  }

  /// The value of a counter.
  public subscript(counter: DigestCounter) -> Int64 {
    get { withFields { $0[counter.index] } }
    set { withMutableFields { $0[counter.index] = newValue } }
  }
}

/// Counters that are read together.
extension Counters {
  /// All closed turns.
  public var closedTurns: Int64 {
    self[.completedTurns] &+ self[.cancelledTurns] &+ self[.failedTurns] &+ self[.abandonedTurns]
  }

  /// The durations of closed turns.
  public var activeTime: Duration { .microseconds(self[.activeMicros]) }

  /// What was reported to have been paid.
  public var cost: ReportedCost {
    ReportedCost(nanoUSD: self[.costNanoUSD], reports: self[.costReports])
  }

  /// Where the time went.
  public var time: RunTime {
    var time = RunTime()
    time.modelMicros = self[.modelMicros]
    time.toolMicros = self[.toolMicros]
    time.waitingMicros = self[.waitingMicros]
    time.idleMicros = self[.idleMicros]
    return time
  }
}

extension Counters: CounterFields {}

extension Counters: BinaryCodable {
  // With their number: counters that were added since read as 0.
  func encode(to writer: inout ByteWriter) {
    writer.unsigned(UInt64(DigestCounter.count))
    withFields { for value in $0.prefix(DigestCounter.count) { writer.signed(value) } }
  }

  init(from reader: inout ByteReader) throws(ByteReader.Damaged) {
    self.init()
    let count = try reader.count()
    guard count <= Self.capacity else { throw reader.damaged }
    for index in 0..<count {
      let value = try reader.signed()
      withMutableFields { $0[index] = value }
    }
  }
}

extension Counters: Hashable {
  /// Whether all counters are the same.
  public static func == (lhs: Counters, rhs: Counters) -> Bool {
    lhs.withFields { lhs in rhs.withFields { lhs.elementsEqual($0) } }
  }

  /// Feeds all counters to the hasher.
  public func hash(into hasher: inout Hasher) {
    withFields { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
  }
}
