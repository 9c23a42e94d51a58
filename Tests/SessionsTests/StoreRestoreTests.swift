// Snapshots: what they hold of a store, and that a store made of them is the same: it answers alike, lists in the same
// order, counts alike and sweeps alike.

import TestSupport
import Testing

@testable import Sessions

@Suite("Store: snapshots")
struct StoreRestoreTests {
    private let scenario = Scenario(policy: Policy(ttl: .seconds(60), lifetime: .zero))

    @Test("a store restored from a snapshot is equal")
    func equal() throws {
        for number in 0..<300 {
            scenario.pass(Milliseconds(10))
            let user = [nil, UserID.ann, .bob][number % 3]
            let token = scenario.create(user: user, data: #"{"n":\#(number)}"#, ip: "::1", userAgent: "curl")
            if number % 5 == 0 { try scenario.update(token, data: "{}") }
            if number % 7 == 0 { try scenario.revoke(token, cause: "logout") }
        }
        let restored = scenario.restoring(scenario.snapshot())
        #expect(restored.contents == scenario.contents)
        #expect(restored.contents.lost.isEmpty)
    }

    @Test("the order of the entries does not matter")
    func anyOrder() throws {
        for number in 0..<50 {
            if number % 3 > 0 { scenario.pass(Milliseconds(1)) }
            scenario.create(user: number % 4 == 0 ? .bob : .ann)
        }
        let entries = scenario.snapshot()
        #expect(scenario.restoring(entries.shuffled(using: &scenario.generator)).contents == scenario.contents)
        #expect(scenario.restoring(entries.reversed()).contents == scenario.contents)
    }

    @Test("an entry that is restored twice is there once")
    func twice() throws {
        for user in [nil, UserID.ann, .ann, .bob] { scenario.create(user: user) }
        try scenario.revoke(scenario.create(), cause: "logout")
        let entries = scenario.snapshot()
        #expect(entries.count == 5)
        #expect(scenario.restoring(entries + entries).contents == scenario.contents)
    }

    @Test("lists come newest first from a restored store though places were used again")
    func reusedPlaces() throws {
        for _ in 0..<10 { scenario.create(user: .bob, end: .ttl(.seconds(1))) }
        for _ in 0..<10 {
            scenario.pass(Milliseconds(1))
            scenario.create(user: .ann)
        }
        scenario.pass(.seconds(1))
        #expect(scenario.sweep().count == 10)
        let places = scenario.store.snapshotPlaces
        for _ in 0..<10 {
            scenario.pass(Milliseconds(1))
            scenario.create(user: .ann)
        }
        #expect(scenario.store.snapshotPlaces == places)
        let restored = scenario.restoring(scenario.snapshot())
        #expect(restored.list(.ann) == scenario.list(.ann))
        #expect(restored.list(.ann).count == 20)
    }

    @Test("what has ended is in no snapshot")
    func endedIsLeftOut() throws {
        scenario.create()
        try scenario.revoke(scenario.create())
        scenario.pass(Milliseconds(59_999))
        #expect(scenario.snapshot().count == 2)
        scenario.pass(Milliseconds(1))
        #expect(scenario.snapshot().isEmpty)
    }

    @Test("places outside of the store are empty")
    func places() {
        scenario.create()
        #expect(scenario.store.snapshotEntry(at: 0, now: scenario.now) == nil)
        #expect(scenario.store.snapshotEntry(at: -1, now: scenario.now) == nil)
        #expect(scenario.store.snapshotEntry(at: scenario.store.snapshotPlaces, now: scenario.now) == nil)
    }

    @Test("each entry says up to which change it is")
    func sequenceNumbers() throws {
        let first = scenario.create()
        scenario.create()
        scenario.pass(.seconds(30))
        scenario.lookup(first)
        try scenario.revoke(scenario.create(), cause: "logout")
        let sequences = scenario.snapshot()
            .map { entry in
                switch entry {
                case .session(_, let sequence), .tombstone(_, let sequence), .replaced(_, let sequence): sequence
                }
            }
        #expect(sequences.sorted() == [2, 3, 5])
    }

    @Test("a revoked token stays dead in a restored store, until its session would have ended", .rule("a restore"))
    func revokedStaysRevoked() throws {
        let token = scenario.create()
        scenario.pass(.seconds(1))
        try scenario.revoke(token, cause: "logout")
        let restored = scenario.restoring(scenario.snapshot())
        let refusal = Refusal.revoked(at: Instant.start.plus(1000), cause: Array("logout".utf8))
        restored.pass(Milliseconds(58_999))
        #expect(throws: refusal) { try restored.put(token) }
        restored.pass(Milliseconds(1))
        #expect(try restored.put(token))
    }

    @Test("a restored store sweeps what ends")
    func restoredIsSwept() throws {
        scenario.create()
        try scenario.revoke(scenario.create())
        scenario.pass(.seconds(10))
        scenario.create()
        let restored = scenario.restoring(scenario.snapshot())
        restored.pass(.seconds(50))
        #expect(restored.sweep().count == 2)
        #expect(restored.store.sessionCount == 1)
        #expect(restored.store.tombstoneCount == 0)
    }

    @Test("a revocation from before a snapshot spares what the snapshot holds")
    func revocationFromBefore() throws {
        scenario.create()
        scenario.revoke(.user(.ann, except: nil))
        let token = scenario.create()
        let restored = scenario.restoring(scenario.snapshot())
        restored.store.apply(scenario.journal[1].change, sequence: scenario.journal[1].sequence)
        #expect(restored.session(token) != nil)
    }

    @Test("changes after a snapshot lead a restored store to where the first one is")
    func changesAfterwards() throws {
        let tokens = (0..<10)
            .map { _ in
                scenario.pass(Milliseconds(1))
                return scenario.create()
            }
        let entries = scenario.snapshot()
        let restored = scenario.restoring(entries)
        let start = scenario.journal.count
        try scenario.revoke(tokens[3])
        try scenario.update(tokens[4], data: #"{"a":1}"#)
        try scenario.put(tokens[5], user: .bob)
        scenario.create()
        for entry in scenario.journal[start...] { restored.store.apply(entry.change, sequence: entry.sequence) }
        #expect(restored.contents == scenario.contents)
    }
}
