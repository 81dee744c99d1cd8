import TestSupport

extension SeededNumbers {
  /// A number from 0 up to but without `bound`, the same on any platform.
  mutating func below(_ bound: Int) -> Int {
    Int(next() % UInt64(max(1, bound)))
  }

  mutating func chance(_ percent: Int) -> Bool { below(100) < percent }

  mutating func pick(_ choices: [String]) -> String { choices[below(choices.count)] }
}
