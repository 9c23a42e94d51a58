// The random numbers that tokens and ids are made of: each one new, all of its bits, however many are drawn.

import TestSupport
import Testing

@testable import SessionServer

@Suite("Random numbers of the system")
struct SystemRandomTests {
    @Test(
        "no number comes twice, neither from one generator nor from two, and each bit is set in about half of them",
        .rule("(32 bytes from the system's random number generator)")
    )
    func drawn() {
        var (one, other) = (SystemRandom(), SystemRandom())
        let numbers = (0..<10_000).map { $0 % 3 == 0 ? other.next() : one.next() }
        #expect(Set(numbers).count == numbers.count)
        for bit in 0..<64 {
            // Ten standard deviations on either side.
            #expect((4500...5500).contains(numbers.count { $0 & 1 << UInt64(bit) != 0 }), "bit \(bit)")
        }
    }
}
