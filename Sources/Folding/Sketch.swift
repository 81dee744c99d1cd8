/// A histogram of durations that answers percentiles within 1.6 % and merges by adding counts.
///
/// Buckets are log-linear over integer milliseconds: every value below 64 has its own bucket, and
/// each power of two above is split into 32 equal parts, so that a bucket is never wider than 1/32
/// of its values. All arithmetic is on integers: the same samples give the same bytes on any
/// machine, in any order.
///
/// Adding a sample costs O(log b) for b occupied buckets (and a shift of the tail for a new one);
/// merging and reading a percentile cost O(b).
public struct Sketch: Sendable, Hashable {
  /// One occupied bucket.
  struct Bucket: Sendable, Hashable {
    var index: Int32
    var count: Int64
  }

  /// The occupied buckets, by ascending index.
  var buckets: [Bucket] = []
  /// How many samples there are.
  public internal(set) var count: Int64 = 0
  /// The sum of the samples in milliseconds.
  package internal(set) var sumMs: Int64 = 0
  var smallest: Int64 = 0
  var largest: Int64 = 0

  /// Makes an empty sketch.
  public init() {}

  /// The sum of the samples.
  public var sum: Duration { .milliseconds(sumMs) }
  /// The smallest sample, `nil` if there is none.
  public var min: Duration? { minMs.map(Duration.milliseconds) }
  /// The largest sample, `nil` if there is none.
  public var max: Duration? { maxMs.map(Duration.milliseconds) }

  /// The value at `percent` (1…100), within 1.6 %; `nil` if there is no sample.
  ///
  /// Costs O(b) for b occupied buckets.
  public func percentile(_ percent: Int64) -> Duration? {
    percentileMs(percent).map(Duration.milliseconds)
  }

  /// The smallest sample in milliseconds, `nil` if there is none.
  package var minMs: Int64? { count == 0 ? nil : smallest }

  /// The largest sample in milliseconds, `nil` if there is none.
  package var maxMs: Int64? { count == 0 ? nil : largest }

  /// Adds a sample in milliseconds; a negative one counts as 0.
  package mutating func add(_ milliseconds: Int64) {
    let value = Swift.max(0, milliseconds)
    smallest = count == 0 ? value : Swift.min(smallest, value)
    largest = count == 0 ? value : Swift.max(largest, value)
    count &+= 1
    sumMs &+= value
    add(1, toBucket: Self.index(of: value))
  }

  /// Adds all samples of another sketch.
  public mutating func merge(_ other: Sketch) {
    guard other.count != 0 else { return }
    guard count != 0 else {
      self = other
      return
    }
    smallest = Swift.min(smallest, other.smallest)
    largest = Swift.max(largest, other.largest)
    count &+= other.count
    sumMs &+= other.sumMs
    for bucket in other.buckets {
      add(bucket.count, toBucket: bucket.index)
    }
  }

  /// The value in milliseconds at `percent` (1…100): the midpoint of the bucket that holds rank ⌈percent·count/100⌉.
  ///
  /// `nil` if there is no sample.
  package func percentileMs(_ percent: Int64) -> Int64? {
    guard count > 0 else { return nil }
    // Split so that the product cannot overflow for any count.
    let rank = percent * (count / 100) + (percent * (count % 100) + 99) / 100
    var seen: Int64 = 0
    for bucket in buckets {
      seen += bucket.count
      if seen >= rank {
        let (low, high) = Self.bounds(of: bucket.index)
        return Swift.min(Swift.max(low + (high - low) / 2, smallest), largest)
      }
    }
    return largest
  }

  private mutating func add(_ samples: Int64, toBucket index: Int32) {
    // Most samples of a run fall among the buckets it already has, often the last one.
    var low = 0
    var high = buckets.count
    while low < high {
      let middle = (low + high) / 2
      if buckets[middle].index < index { low = middle + 1 } else { high = middle }
    }
    if low < buckets.count, buckets[low].index == index {
      buckets[low].count &+= samples
    } else {
      buckets.insert(Bucket(index: index, count: samples), at: low)
    }
  }

  /// How many buckets there are up to the largest value.
  static let bucketsMax: Int64 = 64 + 57 * 32

  /// The bucket of a value that is not negative.
  static func index(of value: Int64) -> Int32 {
    guard value >= 64 else { return Int32(truncatingIfNeeded: value) }
    let exponent = 63 - value.leadingZeroBitCount
    let part = (value >> (exponent - 5)) & 31
    return Int32(truncatingIfNeeded: 64 + (exponent - 6) * 32 + Int(part))
  }

  /// The smallest and the largest value of a bucket.
  static func bounds(of index: Int32) -> (low: Int64, high: Int64) {
    guard index >= 64 else { return (Int64(index), Int64(index)) }
    let shift = Int64(index - 64) / 32 + 1
    let part = Int64(index - 64) % 32
    let low = (32 + part) << shift
    return (low, low + ((1 << shift) - 1))
  }
}
