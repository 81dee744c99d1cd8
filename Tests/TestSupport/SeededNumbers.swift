/// Numbers that look random and come again for the same seed, on any machine.
package struct SeededNumbers: RandomNumberGenerator {
  private var state: UInt64

  package init(seed: UInt64) {
    state = seed
  }

  /// Begins far from where the next seed begins, for seeds that are counted up.
  package init(scattering seed: UInt64) {
    self.init(seed: seed &* 0x9E37_79B9_7F4A_7C15 &+ 1)
  }

  /// SplitMix64.
  package mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }

  /// A number from 0 up to but without `bound`.
  package mutating func below(_ bound: Int) -> Int {
    Int(next() % UInt64(max(1, bound)))
  }

  package mutating func chance(_ percent: Int) -> Bool { below(100) < percent }

  package mutating func pick(_ choices: [String]) -> String { choices[below(choices.count)] }
}
