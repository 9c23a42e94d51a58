// The sweep: it takes what has ended and nothing else, in as small steps as one likes, whatever the clock does. It
// looks at whole seconds: what ends within one is taken when the next begins.

import TestSupport
import Testing

@testable import Sessions

@Suite("Sweeping")
struct SweepTests {
    private let scenario = Scenario(policy: Policy(ttl: .seconds(60), touchInterval: .zero, lifetime: .zero))
    /// Once around the wheel and a little more: by then everything is met.
    private let round = Milliseconds.seconds((1 << 15) + 1)

    @Test("the sweep takes a session when it has ended, and not a millisecond before")
    func boundary() throws {
        let id = try #require(scenario.session(scenario.create())).id
        scenario.pass(Milliseconds(59_999))
        #expect(scenario.sweep() == [])
        scenario.pass(Milliseconds(1))
        #expect(scenario.sweep() == [id])
        #expect(scenario.absence(id) == .unknown)
    }

    @Test("what ends within a second is taken when the next begins, and not before it ends", arguments: [1, 500, 999])
    func withinASecond(milliseconds: Int64) throws {
        let id = try #require(scenario.session(scenario.create(end: .ttl(Milliseconds(milliseconds))))).id
        scenario.pass(Milliseconds(milliseconds - 1))
        #expect(scenario.sweep() == [])
        scenario.pass(Milliseconds(1001 - milliseconds))
        #expect(scenario.sweep() == [id])
    }

    @Test("the sweep removes exactly what has ended, in steps of one", arguments: [1, 2, 7, 1000])
    func exactlyWhatHasEnded(budget: Int) throws {
        var ends: [SessionID: Instant] = [:]
        for number in 0..<200 {
            let token = scenario.create(user: .ann, end: .ttl(Milliseconds(Int64(1 + number * 37 % 5000))))
            let session = try #require(scenario.session(token))
            ends[session.id] = session.expiresAt
            if number % 3 == 0 { try scenario.revoke(token) }
        }
        for second in 1...5 {
            scenario.now = Instant.start.plus(Int64(second) * 1000)
            var removed: [SessionID] = []
            // With a budget of one the end of the sweep cannot be told from a pause: enough steps for all there is.
            for _ in 0..<1000 {
                var left = budget
                if let change = scenario.store.nextExpiry(now: scenario.now, budget: &left) {
                    guard case .expired(let id) = change else { continue }
                    scenario.commit(change)
                    removed.append(id)
                }
                #expect(left >= 0)
            }
            #expect(Set(removed) == Set(ends.filter { $0.value <= scenario.now }.keys))
            #expect(Set(removed).count == removed.count)
            for id in removed { ends[id] = nil }
        }
        #expect(ends.isEmpty)
        #expect(scenario.store.payloadBytes == 0)
    }

    @Test("without a budget nothing happens")
    func noBudget() {
        scenario.create()
        scenario.pass(.seconds(60))
        var budget = 0
        #expect(scenario.store.nextExpiry(now: scenario.now, budget: &budget) == nil)
        #expect(budget == 0)
        #expect(scenario.sweep().count == 1)
    }

    @Test("a sweep that is finished leaves budget over")
    func finished() {
        var budget = 100
        #expect(scenario.store.nextExpiry(now: scenario.now, budget: &budget) == nil)
        #expect(budget > 0)
    }

    @Test("what was decided but not committed is decided again")
    func decidedAgain() throws {
        let id = try #require(scenario.session(scenario.create())).id
        scenario.pass(.seconds(60))
        var budget = 1000
        for _ in 0..<3 { #expect(scenario.store.nextExpiry(now: scenario.now, budget: &budget) == .expired(id)) }
        #expect(scenario.sweep() == [id])
    }

    @Test("tombstones are taken when their sessions would have ended")
    func tombstones() throws {
        let token = scenario.create()
        let id = try #require(scenario.session(token)).id
        try scenario.revoke(token)
        scenario.pass(Milliseconds(59_999))
        #expect(scenario.sweep() == [])
        #expect(scenario.store.tombstoneCount == 1)
        scenario.pass(Milliseconds(1))
        #expect(scenario.sweep() == [id])
        #expect(scenario.store.tombstoneCount == 0)
    }

    @Test("a session that was touched is not taken at its former end", arguments: [nil, SessionEnd.ttl(.days(3))])
    func touched(end: SessionEnd?) throws {
        let token = scenario.create()
        scenario.pass(.seconds(59))
        try scenario.refresh(token, end: end)
        for _ in 0..<59 {
            scenario.pass(.seconds(1))
            #expect(scenario.sweep() == [])
        }
        let session = try #require(scenario.session(token))
        scenario.now = session.expiresAt.plus(-1)
        #expect(scenario.sweep() == [])
        scenario.now = session.expiresAt
        #expect(scenario.sweep() == [session.id])
    }

    @Test("a session in use is never taken")
    func inUse() throws {
        let token = scenario.create()
        for _ in 0..<1000 {
            scenario.pass(.seconds(59))
            scenario.lookup(token)
            #expect(scenario.sweep() == [])
        }
        scenario.pass(.seconds(60))
        #expect(scenario.sweep().count == 1)
    }

    @Test("a session that was shortened is taken at its new end", arguments: [Int64(1), 30, 3600, 40_000, 86_400])
    func shortened(seconds: Int64) throws {
        let token = scenario.create(end: .ttl(.days(30)))
        for _ in 0..<5 { scenario.create(end: .ttl(.days(30))) }
        let id = try #require(scenario.session(token)).id
        scenario.pass(.seconds(10))
        #expect(scenario.sweep() == [])
        try scenario.refresh(token, end: .ttl(.seconds(seconds)))
        scenario.pass(Milliseconds(seconds * 1000 - 1))
        #expect(scenario.sweep() == [])
        scenario.pass(Milliseconds(1))
        #expect(scenario.sweep() == [id])
        #expect(scenario.store.sessionCount == 5)
    }

    @Test("a session that ends several rounds of the wheel later is taken at its end", arguments: [10, 24, 168, 720])
    func beyondARound(hours: Int64) throws {
        let ids = try (0..<3)
            .map { _ in
                try #require(scenario.session(scenario.create(end: .ttl(.seconds(hours * 3600))))).id
            }
        for _ in 1..<hours {
            scenario.pass(.seconds(3600))
            #expect(scenario.sweep() == [])
        }
        scenario.pass(Milliseconds(3_599_999))
        #expect(scenario.sweep() == [])
        scenario.pass(Milliseconds(1))
        #expect(Set(scenario.sweep()) == Set(ids))
    }

    @Test("after a pause of any length one sweep takes all that has ended and nothing else")
    func afterAPause() throws {
        let days = [Int64(1), 2, 5, 9, 10, 11, 40, 400]
        let ids = try days.map { try #require(scenario.session(scenario.create(end: .ttl(.days($0))))).id }
        scenario.pass(.days(10))
        #expect(Set(scenario.sweep()) == Set(ids.prefix(5)))
        scenario.pass(.days(36_500))
        #expect(Set(scenario.sweep()) == Set(ids.suffix(3)))
        #expect(scenario.store.sessionCount == 0)
    }

    @Test("after a pause of about once around the wheel nothing is missed", arguments: Int64(-3)...3)
    func afterARound(seconds: Int64) throws {
        let id = try #require(scenario.session(scenario.create(end: .ttl(.seconds(10))))).id
        scenario.pass(.seconds(10 + (1 << 15) + seconds))
        #expect(scenario.sweep() == [id])
    }

    @Test("after the clock was set back, nothing is taken before its time, and all within a round of it")
    func clockSetBack() throws {
        scenario.pass(.days(2))
        #expect(scenario.sweep() == [])
        let before = try #require(scenario.session(scenario.create()))
        scenario.now = Instant.start
        let after = try #require(scenario.session(scenario.create()))
        #expect(scenario.sweep() == [])
        scenario.now = after.expiresAt.plus(-1)
        #expect(scenario.sweep() == [])
        scenario.now = after.expiresAt.advanced(by: round)
        #expect(scenario.sweep() == [after.id])
        scenario.now = before.expiresAt.plus(-1)
        #expect(scenario.sweep() == [])
        scenario.now = before.expiresAt.advanced(by: round)
        #expect(scenario.sweep() == [before.id])
    }

    @Test("after the clock was set back, sessions that begin from the next sweep on are taken at their end")
    func clockSetBackAndSwept() throws {
        scenario.pass(.days(2))
        scenario.sweep()
        scenario.now = Instant.start
        scenario.sweep()
        let session = try #require(scenario.session(scenario.create()))
        scenario.now = session.expiresAt
        #expect(scenario.sweep() == [session.id])
    }

    @Test("a clock that jumps far ahead and back takes only what had ended by the clock")
    func farAheadAndBack() throws {
        let short = try #require(scenario.session(scenario.create(end: .ttl(.days(1)))))
        let long = try #require(scenario.session(scenario.create(end: .ttl(.days(3)))))
        scenario.pass(.days(2))
        #expect(scenario.sweep() == [short.id])
        scenario.now = Instant.start
        #expect(scenario.sweep() == [])
        #expect(scenario.session(long.id) == long)
        scenario.now = long.expiresAt
        #expect(scenario.sweep() == [long.id])
    }

    @Test("whatever the clock does, nothing is taken before its time, and all is in the end")
    func anyClock() throws {
        let seed = SplitMix64.seedOfThisRun
        print("SweepTests: SESSIOND_SEED=\(seed)")
        var generator = SplitMix64(seed: seed)
        var ends: [SessionID: Instant] = [:]
        for _ in 0..<2000 {
            let reach = Int64(1) << Int.random(in: 0...28, using: &generator)
            scenario.now = scenario.now.plus(Int64.random(in: -reach...reach, using: &generator))
            let ttl = Milliseconds(Int64.random(in: 1...reach, using: &generator))
            let session = try #require(scenario.session(scenario.create(end: .ttl(ttl))), "SESSIOND_SEED=\(seed)")
            ends[session.id] = session.expiresAt
            var budget = Int.random(in: 0...2000, using: &generator)
            while let change = scenario.store.nextExpiry(now: scenario.now, budget: &budget) {
                guard case .expired(let id) = change else { continue }
                let end = try #require(ends[id], "SESSIOND_SEED=\(seed)")
                try #require(end <= scenario.now, "SESSIOND_SEED=\(seed)")
                ends[id] = nil
                scenario.commit(change)
            }
        }
        #expect(scenario.store.sessionCount == ends.count, "SESSIOND_SEED=\(seed)")
        let last = try #require(ends.values.max())
        scenario.now = max(last, scenario.now).advanced(by: round)
        #expect(Set(scenario.sweep()) == Set(ends.keys), "SESSIOND_SEED=\(seed)")
        #expect(scenario.store.sessionCount == 0, "SESSIOND_SEED=\(seed)")
    }

    @Test("a store whose clock starts at zero and goes on to the distant future is swept")
    func wholeRange() {
        let scenario = Scenario(policy: Policy(ttl: .seconds(60), lifetime: .zero), now: Instant(milliseconds: 0))
        scenario.create()
        scenario.create(end: .at(.distantFuture))
        scenario.now = Instant.distantFuture.plus(-1)
        #expect(scenario.sweep().count == 1)
        #expect(scenario.store.sessionCount == 1)
    }
}
