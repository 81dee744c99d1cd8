import TestSupport
import Testing

@testable import Folding

/// The histogram against its definition and against plain sorted samples.
@Suite struct SketchTests {
  @Test(
    "Bucket bounds worked out by hand",
    arguments: [
      (0, 0, 0), (63, 63, 63), (64, 64, 65), (65, 64, 65), (66, 66, 67), (127, 126, 127),
      (128, 128, 131), (255, 252, 255), (256, 256, 263), (1000, 992, 1007), (1023, 1008, 1023),
      (1024, 1024, 1055), (5000, 4992, 5119), (65_536, 65_536, 67_583),
      (1_000_000, 999_424, 1_015_807),
    ] as [(Int64, Int64, Int64)]
  )
  func bounds(_ value: Int64, _ low: Int64, _ high: Int64) {
    let bounds = Sketch.bounds(of: Sketch.index(of: value))
    #expect(bounds.low == low)
    #expect(bounds.high == high)
  }

  @Test("Buckets follow each other without a gap, and none is wider than 1/32 of its values")
  func tiling() {
    var next: Int64 = 0
    for index in 0..<Int32(64 + 50 * 32) {
      let bounds = Sketch.bounds(of: index)
      #expect(bounds.low == next)
      #expect(bounds.high - bounds.low <= bounds.low / 32)
      #expect(Sketch.index(of: bounds.low) == index)
      #expect(Sketch.index(of: bounds.high) == index)
      next = bounds.high + 1
    }
  }

  @Test(
    "A percentile is within 1.6 % of the sample of its rank, whatever the samples"
  )
  func accuracy() throws {
    var numbers = SeededNumbers(seed: 5)
    for _ in 0..<200 {
      let top = 1 << (1 + numbers.below(30))
      let samples = (0..<(1 + numbers.below(200))).map { _ in Int64(numbers.below(top)) }
      var sketch = Sketch()
      for sample in samples { sketch.add(sample) }
      let sorted = samples.sorted()
      #expect(sketch.count == Int64(samples.count))
      #expect(sketch.sumMs == samples.reduce(0, +))
      #expect(sketch.minMs == sorted.first)
      #expect(sketch.maxMs == sorted.last)
      for percent in [1, 50, 90, 95, 99, 100] {
        let rank = (percent * samples.count + 99) / 100
        let exact = sorted[rank - 1]
        let found = try #require(sketch.percentileMs(Int64(percent)))
        #expect(abs(found - exact) * 1000 <= exact * 16, "p\(percent) of \(sorted)")
      }
    }
  }

  @Test("Merging is adding, in any order and any grouping")
  func merging() {
    var numbers = SeededNumbers(seed: 6)
    for _ in 0..<100 {
      let samples = (0..<60).map { _ in Int64(numbers.below(1 << numbers.below(40))) }
      var whole = Sketch()
      var parts = [Sketch](repeating: Sketch(), count: 4)
      for sample in samples {
        whole.add(sample)
        parts[numbers.below(4)].add(sample)
      }
      var sum = Sketch()
      for index in [2, 0, 3, 1] { sum.merge(parts[index]) }
      #expect(sum == whole)
    }
  }

  @Test("An empty sketch knows nothing; a negative sample counts as 0")
  func edges() {
    var sketch = Sketch()
    #expect(sketch.percentileMs(50) == nil)
    #expect(sketch.minMs == nil)
    sketch.add(-5)
    #expect(sketch.minMs == 0)
    #expect(sketch.sumMs == 0)
    #expect(sketch.percentileMs(99) == 0)
  }
}
