// Changes that are made again, as recovery makes them: once more, all of them, or over records that contain later ones
// already. Replaying is harmless, because a record says up to which change it is.

import Testing

@testable import Sessions

@Suite("Store: replaying")
struct StoreReplayTests {
    private let scenario = Scenario(policy: Policy(ttl: .seconds(60), touchInterval: .zero, lifetime: .zero))
    private let token = TokenHash(text: "a token of the caller's choice")

    /// One change of each kind and scope, each replayed at once when `replays` says so.
    private func story(_ scenario: Scenario, replays: Bool) throws {
        func replay() { if replays { scenario.replay(scenario.journal.count - 1) } }
        try scenario.put(token, data: #"{"a":1}"#, user: .ann)
        replay()
        scenario.pass(.seconds(1))
        scenario.lookup(token)
        replay()
        try scenario.update(token, data: #"{"a":2}"#)
        replay()
        try scenario.put(token, user: .bob)
        replay()
        let others = (0..<3).map { _ in scenario.create(user: .ann) }
        try scenario.revoke(others[0], cause: "logout")
        replay()
        let kept = try #require(scenario.session(others[1]))
        scenario.revoke(.user(.ann, except: kept.id), cause: "password")
        replay()
        scenario.create(user: .ann, end: .ttl(.seconds(5)))
        scenario.pass(.seconds(5))
        scenario.sweep()
        replay()
        scenario.create(user: .ann)
        scenario.revoke(.everyone, cause: "breach")
        replay()
        scenario.create(user: .bob)
        replay()
    }

    @Test("a change that is made twice is as good as made once")
    func twiceInARow() throws {
        let once = Scenario(policy: scenario.store.policy)
        try story(once, replays: false)
        try story(scenario, replays: true)
        #expect(scenario.contents == once.contents)
    }

    @Test("all changes from any of them on, made again in their order, change nothing")
    func fromAnywhere() throws {
        try story(scenario, replays: false)
        let before = scenario.contents
        for start in scenario.journal.indices.reversed() {
            for place in start..<scenario.journal.count { scenario.replay(place) }
            try #require(scenario.contents == before, "from \(scenario.journal[start].change)")
        }
    }

    @Test("all changes made in an empty store yield an equal store")
    func inAnEmptyStore() throws {
        try story(scenario, replays: false)
        let other = Scenario(policy: scenario.store.policy, now: scenario.now)
        for entry in scenario.journal { other.store.apply(entry.change, sequence: entry.sequence) }
        #expect(other.contents == scenario.contents)
    }

    @Test("a replayed creation does not bring a revoked session back")
    func creationAfterRevocation() throws {
        let token = scenario.create()
        try scenario.revoke(token)
        let before = scenario.contents
        scenario.replay(0)
        #expect(scenario.absence(token) == .revoked(at: .start, cause: []))
        #expect(scenario.contents == before)
    }

    @Test("an older change does not undo a newer one", arguments: 0..<4)
    func olderChange(place: Int) throws {
        let token = scenario.create()
        try scenario.update(token, data: #"{"a":1}"#)
        scenario.pass(.seconds(1))
        scenario.lookup(token)
        try scenario.put(token, user: .bob)
        try scenario.refresh(token, end: .ttl(.seconds(5)))
        let before = scenario.contents
        scenario.replay(place)
        #expect(scenario.contents == before)
    }

    @Test("a replayed revocation of a user spares newer sessions")
    func userRevocation() throws {
        let old = scenario.create()
        scenario.revoke(.user(.ann, except: nil))
        let new = scenario.create()
        scenario.replay(1)
        #expect(scenario.session(new) != nil)
        #expect(scenario.session(old) == nil)
        #expect(scenario.store.sessionCount == 1)
        #expect(scenario.store.tombstoneCount == 1)
    }

    @Test("a replayed revocation of everyone spares newer sessions")
    func everyone() throws {
        scenario.create()
        scenario.revoke(.everyone)
        let new = scenario.create()
        scenario.replay(1)
        #expect(scenario.session(new) != nil)
    }

    @Test("a replayed revocation of a user spares a session that became the user's after it")
    func sessionMovedToTheUserLater() throws {
        let moved = scenario.create(user: .bob)
        let touchPlace = scenario.journal.count
        scenario.pass(.seconds(1))
        scenario.lookup(moved)
        scenario.create(user: .ann)
        scenario.revoke(.user(.ann, except: nil))
        let revocationPlace = scenario.journal.count - 1
        try scenario.put(moved, user: .ann)
        let before = scenario.contents
        scenario.replay(revocationPlace)
        #expect(scenario.contents == before)
        // As recovery does from a snapshot that holds the session as it is now: an older change of it comes first.
        scenario.replay(touchPlace)
        scenario.replay(revocationPlace)
        #expect(scenario.contents == before)
    }

    @Test("a change of what is not there does nothing")
    func nothingThere() {
        scenario.create()
        let before = scenario.contents
        let absent = Session.sample(user: .ann)
        let changes: [Change] = [
            .updated(absent),
            .touched(Touch(id: absent.id, touchedAt: .start, expiresAt: absent.expiresAt, ttl: absent.ttl)),
            .revoked(Revocation(scope: .session(absent.id), at: .start, cause: [])),
            .revoked(Revocation(scope: .user(.bob, except: nil), at: .start, cause: [])),
            .expired(absent.id),
        ]
        for change in changes { scenario.store.apply(change, sequence: 1) }
        #expect(scenario.contents == before)
    }
}
