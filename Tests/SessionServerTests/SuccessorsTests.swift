// The tokens that replaced others a moment ago: found for the grace, and forgotten a few at a time.

import Sessions
import TestSupport
import Testing

@testable import SessionServer

@Suite("Successors of replaced tokens")
struct SuccessorsTests {
    private var successors = Successors()
    private var generator = SplitMix64(seed: seed(for: "SuccessorsTests"))
    private let start = Instant(milliseconds: 1_700_000_000_000)

    /// Remembers so many successors until a moment; returns those that they succeed.
    private mutating func remember(_ count: Int, until end: Instant) -> [TokenHash] {
        (0..<count)
            .map { _ in
                let replaced = Token(using: &generator).hash
                successors.remember(Token(using: &generator), of: replaced, until: end)
                return replaced
            }
    }

    @Test("each is found until its grace is over, whether or not it was forgotten")
    mutating func grace() {
        let end = start.plus(10)
        for replaced in remember(1000, until: end) {
            #expect(successors.token(of: replaced, now: end.plus(-1)) != nil)
            #expect(successors.token(of: replaced, now: end) == nil)
        }
        #expect(successors.count == 1000)
    }

    @Test("those whose grace is over are forgotten as many at a time as is asked for, and no others")
    mutating func forgotten() {
        _ = remember(1000, until: start)
        let later = remember(100, until: start.plus(1))
        var rounds = 0
        while successors.count > 100 {
            var budget = 64
            successors.forget(now: start, budget: &budget)
            rounds += 1
            #expect(successors.count == max(1100 - 64 * rounds, 100))
            #expect((budget > 0) == (successors.count == 100))
        }
        for replaced in later { #expect(successors.token(of: replaced, now: start) != nil) }
    }

    @Test("one that is replaced again keeps its last successor until that one's grace is over")
    mutating func again() {
        let replaced = remember(1, until: start)[0]
        let token = Token(using: &generator)
        successors.remember(token, of: replaced, until: start.plus(5))
        var budget = Int.max
        successors.forget(now: start, budget: &budget)
        #expect(successors.token(of: replaced, now: start)?.hash == token.hash)
        #expect(successors.count == 1)
        successors.forget(now: start.plus(5), budget: &budget)
        #expect(successors.count == 0)
    }
}
