// Randomness that can be had again: SplitMix64 (Steele, Lea and Flood, 2014), seeded by the environment variable
// SESSIOND_SEED or, without it, by chance. A random test prints its seed, so that a failure can be repeated with
// `SESSIOND_SEED=… swift test --filter …`.

import Foundation

/// A small random number generator whose whole state is its seed.
struct SplitMix64: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// Whether something that happens once in `times` happens now.
    mutating func oneIn(_ times: Int) -> Bool {
        Int.random(in: 0..<times, using: &self) == 0
    }
}

/// The seed of a random test, which it prints under its name.
func seed(for test: String) -> UInt64 {
    let given = ProcessInfo.processInfo.environment["SESSIOND_SEED"]
    let seed = given.flatMap { UInt64($0) } ?? UInt64.random(in: 0...UInt64.max)
    print("\(test): SESSIOND_SEED=\(seed)")
    return seed
}
