import Events
import Testing

@testable import Folding

/// What the edits at ``DigestCounter`` promise: a case is all that adding, storing and printing need.
@Suite("Counters of a digest")
struct DigestCounterTests {
  /// Totals with a value of its own for each counter.
  private var totals: Totals {
    var totals = Totals()
    for (number, counter) in DigestCounter.allCases.enumerated() {
      totals[counter] = Int64(number + 1) * 1_000_003
    }
    return totals
  }

  @Test("Every case is numbered in order and fits the storage")
  func numbers() {
    #expect(DigestCounter.allCases.map(\.index) == Array(0..<DigestCounter.count))
    #expect(DigestCounter.count <= Counters.capacity)
    #expect(Set(DigestCounter.allCases.map(\.rawValue)).count == DigestCounter.count)
  }

  @Test("Every counter is added, subtracted and compared")
  func sums() {
    var sum = totals
    sum.merge(totals)
    for counter in DigestCounter.allCases { #expect(sum[counter] == 2 * totals[counter]) }
    sum.negate()
    for counter in DigestCounter.allCases { #expect(sum[counter] == -2 * totals[counter]) }
    for counter in DigestCounter.allCases {
      var other = totals
      other[counter] += 1
      #expect(other != totals)
    }
    #expect(totals.familyPart.counters == totals.counters)
  }

  @Test("Every counter is stored, in a sum and in a digest")
  func stored() throws {
    let read = try totals.encodedBody().withUnsafeBytes { try Totals(body: $0) }
    #expect(read == totals)
    var digest = Digest()
    digest.totals = totals
    let (body, counters) = (digest.encodedBody(), digest.totals.counters)
    #expect(try body.withUnsafeBytes { try Digest(body: $0) } == digest)
    #expect(try body.withUnsafeBytes { try Digest.facts(of: $0).counters } == counters)
  }

  @Test("A counter that was not stored yet is 0")
  func storedBefore() throws {
    var writer = ByteWriter()
    writer.unsigned(2)
    for value in [7, 8] as [Int64] { writer.signed(value) }
    let read = try writer.bytes.withUnsafeBytes { bytes in
      var reader = ByteReader(bytes)
      return try Counters(from: &reader)
    }
    #expect(read[.eventCount] == 7 && read[.runs] == 8 && read[.quarantined] == 0)
  }

  @Test("Every counter is printed under its key")
  func printed() throws {
    var json = JSONWriter()
    json.object { json in
      totals.writeMembers(to: &json) { json in
        json.object("cost") { json in
          json.member("reports", totals.cost.reports)
          json.member("reported_usd", totals.cost.value)
        }
      }
    }
    let printed = try Fixture.object(json.bytes)
    for counter in DigestCounter.allCases {
      let keys = counter.rawValue.split(separator: ".").map(String.init)
      let parent = keys.count > 1 ? printed[keys[0]] as? [String: Any] : printed
      #expect(parent?[keys[keys.count - 1]] != nil, "\(counter.rawValue)")
    }
  }

  @Test("What is summed field by field has nothing but Int64 fields")
  func layouts() {
    func check<Value: CounterFields>(_: Value.Type) {
      var fields = 0
      func count(_ value: Any) {
        if value is Int64 {
          fields += 1
        } else {
          Mirror(reflecting: value).children.forEach { count($0.value) }
        }
      }
      count(Value())
      #expect(MemoryLayout<Value>.size == fields * 8, "\(Value.self)")
    }
    check(Counters.self)
    check(TokenUsage.self)
    check(LongContext.self)
    check(ModelUsage.self)
    check(ReportedCost.self)
    check(RunTime.self)
    check(LaunchPhase.self)
    check(OwnUsage.Entry.self)
    check(OwnUsage.Total.self)
  }
}
