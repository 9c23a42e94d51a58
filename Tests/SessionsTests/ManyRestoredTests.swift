// Restoring more records than are put into the indexes at a time, with what makes that hard: users with many sessions, records
// that come twice, tombstones in between, and no order.

import TestSupport
import Testing

@testable import Sessions

@Suite("Store: many restored records")
struct ManyRestoredTests {
    private let scenario = Scenario(policy: Policy(ttl: .seconds(3600), lifetime: .zero))
    private let seed = TestSupport.seed(for: "ManyRestoredTests")
    private let entries: [SnapshotEntry]

    /// Several thousand sessions, some without a user, most of users with a few and one with very many.
    init() throws {
        var generator = SplitMix64(seed: seed)
        for number in 0..<5000 {
            if number % 3 == 0 { scenario.pass(Milliseconds(1)) }
            let name = Int.random(in: 0..<1500, using: &generator)
            let user = number % 11 == 0 ? UserID.ann : number % 13 == 0 ? nil : UserID(named: "user \(name)")
            let token = scenario.create(user: user, data: #"{"n":\#(number)}"#)
            if number % 17 == 0 { try scenario.revoke(token, cause: "logout") }
        }
        entries = scenario.snapshot()
    }

    @Test("in any order make an equal store")
    func anyOrder() {
        var generator = SplitMix64(seed: seed)
        let restored = scenario.restoring(entries.shuffled(using: &generator))
        #expect(restored.contents == scenario.contents, "seed \(seed)")
        #expect(restored.contents.lost.isEmpty, "seed \(seed)")
        #expect(restored.store.sessionCount(of: .ann) == scenario.store.sessionCount(of: .ann))
    }

    @Test("that come twice, far apart, are there once, and the first of them stays")
    func twice() {
        var generator = SplitMix64(seed: seed)
        let later = entries.shuffled(using: &generator)
            .map { entry -> SnapshotEntry in
                guard case .session(var session, let sequence) = entry else { return entry }
                session.data = Array(#"{"from":"later"}"#.utf8)
                return .session(session, sequence: sequence)
            }
        #expect(scenario.restoring(entries + later).contents == scenario.contents, "seed \(seed)")
    }

    @Test("can be changed and removed like others")
    func removed() {
        let restored = scenario.restoring(entries)
        restored.pass(.seconds(3601))
        #expect(restored.sweep().count == entries.count)
        #expect(restored.store.sessionCount == 0)
        #expect(restored.store.tombstoneCount == 0)
        #expect(restored.store.userCount == 0)
        #expect(restored.store.payloadBytes == 0)
    }
}
