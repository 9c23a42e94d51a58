// The store interface for frameworks that choose their own tokens: a put is a creation, a change or a touch, whatever
// the token names at that moment.

import Testing

@testable import Sessions

@Suite("Store: putting")
struct StorePutTests {
    private let token = TokenHash(text: "a token of the caller's choice")

    @Test("a put under a token that is not there begins a session")
    func new() throws {
        let scenario = Scenario(policy: Policy(ttl: .seconds(60), lifetime: .seconds(100)))
        #expect(try scenario.put(token, data: #"{"a":1}"#, user: .ann))
        let session = try #require(scenario.session(token))
        #expect(session.data == Array(#"{"a":1}"#.utf8))
        #expect(session.userID == .ann)
        #expect(session.version == 1)
        #expect(session.createdAt == .start)
        #expect(session.expiresAt == Instant.start.plus(60_000))
        #expect(session.lifetimeEndsAt == Instant.start.plus(100_000))
    }

    @Test("a put in place of a session keeps its id, its beginning, its lifetime and its user")
    func existing() throws {
        let scenario = Scenario(policy: Policy(ttl: .seconds(60), lifetime: .seconds(100)))
        try scenario.put(token, user: .ann)
        var expected = try #require(scenario.session(token))
        scenario.pass(.seconds(50))
        #expect(try !scenario.put(token, data: #"{"a":2}"#))
        expected.data = Array(#"{"a":2}"#.utf8)
        expected.version = 2
        expected.touchedAt = Instant.start.plus(50_000)
        expected.expiresAt = Instant.start.plus(100_000)
        #expect(scenario.session(token) == expected)
    }

    @Test("a put of what is there already is a touch, whatever the touch interval, and leaves the version")
    func sameContent() throws {
        let scenario = Scenario(policy: Policy(ttl: .seconds(60), touchInterval: .seconds(30)))
        try scenario.put(token, data: #"{"a":1}"#, user: .ann)
        scenario.pass(.seconds(1))
        try scenario.put(token, data: #"{"a":1}"#, user: .ann)
        let session = try #require(scenario.session(token))
        let end = Instant.start.plus(61_000)
        let touch = Touch(id: session.id, touchedAt: scenario.now, expiresAt: end, ttl: .seconds(60))
        #expect(scenario.journal.last?.change == .touched(touch))
        #expect(session.version == 1)
        #expect(session.expiresAt == end)
    }

    @Test("a put with an end sets the session's idle limit", arguments: ["{}", #"{"a":1}"#])
    func withEnd(data: String) throws {
        let scenario = Scenario(policy: Policy(ttl: .seconds(60), lifetime: .zero))
        try scenario.put(token)
        scenario.pass(.seconds(1))
        try scenario.put(token, data: data, end: .ttl(.seconds(5)))
        let session = try #require(scenario.session(token))
        #expect(session.ttl == .seconds(5))
        #expect(session.expiresAt == Instant.start.plus(6000))
        try scenario.put(token, data: data, end: .at(Instant.start.plus(90_000)))
        #expect(try #require(scenario.session(token)).expiresAt == Instant.start.plus(90_000))
    }

    @Test("a put with another user moves the session to that user")
    func movesToAnotherUser() throws {
        let scenario = Scenario()
        try scenario.put(token, user: .ann)
        try scenario.put(token, user: .bob)
        let session = try #require(scenario.session(token))
        #expect(session.userID == .bob)
        #expect(session.version == 1)
        #expect(scenario.list(.ann).isEmpty)
        #expect(scenario.list(.bob) == [session])
        #expect(scenario.store.sessionCount(of: .ann) == 0)
        #expect(scenario.store.sessionCount(of: .bob) == 1)
        #expect(scenario.store.userCount == 1)
    }

    @Test("a put gives a session of nobody to a user", arguments: ["{}", #"{"a":1}"#])
    func movesFromNobody(data: String) throws {
        let scenario = Scenario()
        try scenario.put(token)
        try scenario.put(token, data: data, user: .ann)
        #expect(scenario.list(.ann).map(\.tokenHash) == [token])
    }

    @Test("moving a session out of the middle of a user's list leaves the others in theirs", arguments: 0..<5)
    func movesOutOfAList(place: Int) throws {
        let scenario = Scenario()
        let tokens = (0..<5)
            .map { _ in
                scenario.pass(Milliseconds(1))
                return scenario.create(user: .ann)
            }
        try scenario.put(tokens[place], user: .bob)
        let others = tokens.enumerated().filter { $0.offset != place }.map(\.element)
        #expect(scenario.list(.ann).map(\.tokenHash) == others.reversed())
        #expect(scenario.list(.bob).map(\.tokenHash) == [tokens[place]])
        #expect(scenario.store.sessionCount(of: .ann) == 4)
    }

    @Test("a put that must find a session is refused where there is none")
    func mustExist() throws {
        let scenario = Scenario(policy: Policy(ttl: .seconds(60)))
        #expect(throws: Refusal.missing) { try scenario.put(token, condition: .mustExist) }
        #expect(scenario.store.sessionCount == 0)
        try scenario.put(token)
        #expect(try !scenario.put(token, condition: .mustExist))
        scenario.pass(.seconds(60))
        #expect(throws: Refusal.missing) { try scenario.put(token, condition: .mustExist) }
    }

    @Test("a put that must not find a session is refused with the version of the one that is there")
    func mustNotExist() throws {
        let scenario = Scenario(policy: Policy(ttl: .seconds(60)))
        #expect(try scenario.put(token, condition: .mustNotExist))
        try scenario.put(token, data: #"{"a":1}"#)
        let before = scenario.contents
        #expect(throws: Refusal.exists(version: 2)) { try scenario.put(token, data: "{}", condition: .mustNotExist) }
        #expect(scenario.contents == before)
        scenario.pass(.seconds(60))
        #expect(try scenario.put(token, condition: .mustNotExist))
    }

    @Test("a put over a session that has ended begins another, whether or not it was swept", arguments: [false, true])
    func overAnEndedSession(isSwept: Bool) throws {
        let scenario = Scenario(policy: Policy(ttl: .seconds(60)))
        try scenario.put(token, data: #"{"a":1}"#, user: .ann)
        let old = try #require(scenario.session(token))
        scenario.pass(.seconds(60))
        if isSwept { scenario.sweep() }
        #expect(try scenario.put(token, user: .bob))
        let session = try #require(scenario.session(token))
        #expect(session.id != old.id)
        #expect(session.version == 1)
        #expect(session.createdAt == scenario.now)
        #expect(scenario.absence(old.id) == .unknown)
        #expect(scenario.store.sessionCount == 1)
        #expect(scenario.store.userCount == 1)
        #expect(scenario.list(.ann).isEmpty)
    }

    @Test("a revoked token cannot be put again", arguments: [PutCondition.none, .mustExist, .mustNotExist])
    func revoked(condition: PutCondition) throws {
        let scenario = Scenario(policy: Policy(ttl: .seconds(60)))
        try scenario.put(token)
        scenario.pass(.seconds(10))
        try scenario.revoke(token, cause: "logout")
        let refusal = Refusal.revoked(at: Instant.start.plus(10_000), cause: Array("logout".utf8))
        scenario.pass(Milliseconds(49_999))
        #expect(throws: refusal) { try scenario.put(token, condition: condition) }
        #expect(scenario.absence(token) == .revoked(at: Instant.start.plus(10_000), cause: Array("logout".utf8)))
    }

    @Test("a revoked token can be put when its session would have ended, and not before", arguments: [false, true])
    func revokedAndOver(isSwept: Bool) throws {
        let scenario = Scenario(policy: Policy(ttl: .seconds(60)))
        try scenario.put(token)
        scenario.pass(.seconds(10))
        try scenario.revoke(token)
        scenario.pass(.seconds(50))
        if isSwept { scenario.sweep() }
        #expect(scenario.absence(token) == .unknown)
        #expect(try scenario.put(token))
        #expect(scenario.session(token) != nil)
        #expect(scenario.store.tombstoneCount == 0)
    }
}
