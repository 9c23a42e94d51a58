// Revoking: one session, a user's, a user's but one, all there are; what is left of them, and for how long. Nothing
// brings a revoked session back before it would have ended.

import Testing

@testable import Sessions

@Suite("Store: revoking")
struct StoreRevocationTests {
    private let scenario = Scenario(policy: Policy(ttl: .seconds(60), touchInterval: .zero, lifetime: .zero))

    @Test("a revoked session is gone at once, by token and by id, and says when and why")
    func oneSession() throws {
        let token = scenario.create()
        let id = try #require(scenario.session(token)).id
        scenario.pass(.seconds(5))
        #expect(scenario.revoke(.session(id), cause: "logout") == 1)
        let absence = Absence.revoked(at: Instant.start.plus(5000), cause: Array("logout".utf8))
        #expect(scenario.absence(token) == absence)
        #expect(scenario.absence(id) == absence)
        #expect(scenario.lookup(token).touch == nil)
        #expect(scenario.list(.ann).isEmpty)
    }

    @Test("revoking one session leaves every other alone")
    func othersLive() throws {
        let tokens = (0..<9).map { _ in scenario.create() }
        let others = tokens.dropFirst().map { scenario.session($0) }
        try scenario.revoke(tokens[0])
        #expect(tokens.dropFirst().map { scenario.session($0) } == others)
        #expect(scenario.list(.ann).count == 8)
        #expect(scenario.store.sessionCount(of: .ann) == 8)
    }

    @Test("revoking by user ends all of that user's sessions and nobody else's")
    func byUser() {
        let mine = (0..<5).map { _ in scenario.create(user: .ann) }
        let others = [scenario.create(user: .bob), scenario.create(user: nil)]
        #expect(scenario.revoke(.user(.ann, except: nil), cause: "password") == 5)
        let absence = Absence.revoked(at: .start, cause: Array("password".utf8))
        #expect(mine.allSatisfy { scenario.absence($0) == absence })
        #expect(others.allSatisfy { scenario.session($0) != nil })
    }

    @Test("revoking by user may except one session, wherever it is in the list", arguments: 0..<5)
    func byUserExcept(place: Int) throws {
        let tokens = (0..<5).map { _ in scenario.create(user: .ann) }
        let kept = try #require(scenario.session(tokens[place]))
        #expect(scenario.revoke(.user(.ann, except: kept.id)) == 4)
        #expect(scenario.list(.ann) == [kept])
        #expect(tokens.filter { scenario.session($0) != nil } == [tokens[place]])
        #expect(scenario.store.sessionCount(of: .ann) == 1)
        #expect(scenario.store.userCount == 1)
    }

    @Test("an exception that is another user's session saves nothing")
    func foreignException() throws {
        scenario.create(user: .ann)
        let other = try #require(scenario.session(scenario.create(user: .bob)))
        #expect(scenario.revoke(.user(.ann, except: other.id)) == 1)
        #expect(scenario.list(.ann).isEmpty)
        #expect(scenario.list(.bob) == [other])
    }

    @Test("revoking everyone ends every session")
    func everyone() {
        let tokens = (0..<20).map { scenario.create(user: [.ann, .bob, nil][$0 % 3]) }
        #expect(scenario.revoke(.everyone, cause: "breach") == 20)
        let absence = Absence.revoked(at: .start, cause: Array("breach".utf8))
        #expect(tokens.allSatisfy { scenario.absence($0) == absence })
        #expect(scenario.store.sessionCount == 0)
        #expect(scenario.store.tombstoneCount == 20)
        #expect(scenario.store.userCount == 0)
    }

    @Test("sessions that begin after a revocation live")
    func laterSessions() {
        scenario.create()
        scenario.revoke(.user(.ann, except: nil))
        let afterUser = scenario.create()
        #expect(scenario.session(afterUser) != nil)
        scenario.revoke(.everyone)
        let afterEveryone = scenario.create()
        #expect(scenario.session(afterEveryone) != nil)
        #expect(scenario.list(.ann).map(\.tokenHash) == [afterEveryone])
    }

    @Test("revoking again ends nothing, changes nothing and keeps the first time and cause")
    func idempotent() throws {
        let token = scenario.create()
        let id = try #require(scenario.session(token)).id
        scenario.revoke(.session(id), cause: "first")
        let before = scenario.contents
        scenario.pass(.seconds(1))
        #expect(scenario.revoke(.session(id), cause: "second") == 0)
        #expect(scenario.revoke(.user(.ann, except: nil), cause: "second") == 0)
        #expect(scenario.revoke(.everyone, cause: "second") == 0)
        #expect(scenario.contents == before)
        #expect(scenario.absence(token) == .revoked(at: .start, cause: Array("first".utf8)))
    }

    @Test("revoking what is not there is no change")
    func nothingThere() {
        scenario.create(user: .bob)
        let before = scenario.contents
        #expect(scenario.revoke(.session(SessionID(high: 1, low: 1))) == 0)
        #expect(scenario.revoke(.user(.ann, except: nil)) == 0)
        #expect(scenario.contents == before)
    }

    @Test("what has ended is not revoked and does not count, swept or not", arguments: [false, true])
    func endedDoesNotCount(isSwept: Bool) throws {
        let id = try #require(scenario.session(scenario.create())).id
        scenario.pass(.seconds(59))
        scenario.create(end: .ttl(.seconds(10)))
        scenario.pass(.seconds(1))
        if isSwept { scenario.sweep() }
        #expect(scenario.revoke(.session(id)) == 0)
        #expect(scenario.revoke(.user(.ann, except: nil)) == 1)
        #expect(scenario.revoke(.everyone) == 0)
    }

    @Test("the last touch decides until when a revoked token stays dead")
    func deadUntilTheEnd() throws {
        let token = scenario.create()
        scenario.pass(.seconds(30))
        scenario.lookup(token)
        try scenario.revoke(token)
        scenario.pass(Milliseconds(59_999))
        scenario.sweep()
        #expect(scenario.absence(token) == .revoked(at: Instant.start.plus(30_000), cause: []))
        scenario.pass(Milliseconds(1))
        #expect(scenario.absence(token) == .unknown)
    }

    @Test("changes that were decided before a revocation do not bring the session back")
    func racingChanges() throws {
        let token = scenario.create()
        var session = try #require(scenario.session(token))
        try scenario.revoke(token)
        let before = scenario.contents
        let later = Instant.start.plus(90_000)
        scenario.commit(.touched(Touch(id: session.id, touchedAt: .start, expiresAt: later, ttl: .seconds(90))))
        session.data = Array(#"{"a":1}"#.utf8)
        session.version = 2
        scenario.commit(.updated(session))
        #expect(scenario.contents.entries == before.entries)
        #expect(scenario.absence(token) == .revoked(at: .start, cause: []))
        #expect(scenario.list(.ann).isEmpty)
    }

    @Test("a cause of 64 bytes is kept whole")
    func longestCause() throws {
        let token = scenario.create()
        let cause = String(repeating: "c", count: SessionLimit.cause)
        try scenario.revoke(token, cause: cause)
        #expect(scenario.absence(token) == .revoked(at: .start, cause: Array(cause.utf8)))
    }
}
