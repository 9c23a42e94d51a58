// Random numbers that can be had again: SplitMix64 (Steele, Lea and Flood, OOPSLA 2014). Tests that draw at random say
// their seed, and the environment variable SESSIOND_SEED repeats a run.

import Foundation

/// A small random number generator whose whole state is its seed.
package struct SplitMix64: RandomNumberGenerator {
    private var state: UInt64

    package init(seed: UInt64) {
        state = seed
    }

    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// The seed that the environment asks for, else one drawn for this run.
    package static let seedOfThisRun: UInt64 =
        ProcessInfo.processInfo.environment["SESSIOND_SEED"].flatMap { UInt64($0) } ?? UInt64.random(in: .min ... .max)
}

extension RandomNumberGenerator {
    /// True once in so many times.
    package mutating func oneIn(_ count: Int) -> Bool { Int.random(in: 0..<count, using: &self) == 0 }
}

/// The seed of a random test, which it prints under its name.
package func seed(for test: String) -> UInt64 {
    print("\(test): SESSIOND_SEED=\(SplitMix64.seedOfThisRun)")
    return SplitMix64.seedOfThisRun
}
