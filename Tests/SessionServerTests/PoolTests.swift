// How what callers share is divided among their uids: by the rule that is documented, whatever comes and goes.

import TestSupport
import Testing

@testable import SessionServer

@Suite("Dividing what callers share")
struct PoolTests {
    private func pool(_ total: Int, share: Int = 50) -> Pool {
        Pool(totals: Amounts(connections: total, memory: total, watchers: total, waiting: total), share: share)
    }

    /// Lets a uid take as much as it may, and returns how much that is.
    @discardableResult
    private func takeAll(_ pool: Pool, _ uid: UInt32) -> Int {
        let account = pool.open(uid)
        var taken = 0
        while pool.hasRoom(of: .memory, uid) {
            pool.add(1, of: .memory, to: account)
            taken += 1
        }
        return taken
    }

    @Test(
        "who comes first may have a half, the next a third of what is left, the third a quarter",
        .rule("There is so much of it for all callers, and their uids divide it."),
        .rule("One that is alone may have half of it, one beside another a third of what is left"),
        .rule("one beside two others a quarter, and so on: somebody else always finds some.")
    )
    func division() {
        let pool = pool(1200)
        #expect((0..<4).map { takeAll(pool, $0) } == [600, 200, 100, 60])
        #expect(pool.held.memory == 960)
    }

    @Test(
        "with another share it is that share, and less beside others",
        .rule("`uidShare` sets another share than the half."),
        arguments: [(100, [1200, 0]), (25, [300, 180]), (1, [12, 12])]
    )
    func share(_ share: Int, _ expected: [Int]) {
        let pool = pool(1200, share: share)
        #expect((0..<2).map { takeAll(pool, $0) } == expected)
    }

    @Test("of what there is one of, the first who comes may have it")
    func one() {
        let pool = pool(1)
        #expect(takeAll(pool, 1) == 1)
        #expect(takeAll(pool, 2) == 0)
    }

    @Test("what one gives back others can have")
    func givenBack() {
        let pool = pool(1200)
        takeAll(pool, 1)
        let greedy = pool.open(1)
        pool.add(-greedy.held.memory, of: .memory, to: greedy)
        #expect(pool.limit(of: .memory, for: 2) == 400)
        pool.close(greedy)
        #expect(pool.limit(of: .memory, for: 2) == 600)
        #expect(pool.accounts.isEmpty)
    }

    @Test("an account that holds something is not forgotten")
    func kept() {
        let pool = pool(10)
        let account = pool.open(1)
        pool.add(1, of: .watchers, to: account)
        pool.close(account)
        #expect(pool.open(1) === account)
    }

    @Test("one resource is no other")
    func apart() {
        let pool = pool(10)
        takeAll(pool, 1)
        for resource in Resource.allCases where resource != .memory { #expect(pool.hasRoom(for: 5, of: resource, 1)) }
    }

    @Test("whatever comes and goes, no more is given than there is, and who comes anew finds some while some is left")
    func random() {
        var generator = SplitMix64(seed: seed(for: "Dividing what callers share"))
        for _ in 0..<200 {
            let pool = pool(
                Int.random(in: 1...2000, using: &generator),
                share: Int.random(in: 1...100, using: &generator)
            )
            var held: [UInt32: Int] = [:]
            for _ in 0..<200 {
                let uid = UInt32.random(in: 0..<8, using: &generator)
                let account = pool.open(uid)
                let amount = Int.random(in: 1...100, using: &generator)
                if generator.oneIn(3) {
                    let back = min(amount, held[uid, default: 0])
                    pool.add(-back, of: .memory, to: account)
                    held[uid, default: 0] -= back
                    if generator.oneIn(2) { pool.close(account) }
                } else if pool.hasRoom(for: amount, of: .memory, uid) {
                    pool.add(amount, of: .memory, to: account)
                    held[uid, default: 0] += amount
                }
                let sum = held.values.reduce(0, +)
                #expect(pool.held.memory == sum)
                #expect(sum <= pool.totals.memory)
                if sum < pool.totals.memory { #expect(pool.hasRoom(of: .memory, 99)) }
            }
        }
    }
}
