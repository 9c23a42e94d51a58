// Sessions as they begin, and how a token and an id lead to them. What is kept is exactly what was given, and nothing
// changes by looking or by deciding.

import Testing

@testable import Sessions

@Suite("Store: creating and looking up")
struct StoreCreateTests {
    @Test("a created session is all that was asked for, and version 1")
    func creates() throws {
        let scenario = Scenario(policy: Policy(ttl: .seconds(60), lifetime: .seconds(100)))
        let token = scenario.create(user: .ann, data: #"{"a":1}"#, ip: "2001:db8::1", userAgent: "curl/8")
        let session = try #require(scenario.session(token))
        let expected = Session(
            id: session.id,
            tokenHash: token,
            userID: .ann,
            createdAt: .start,
            authenticatedAt: .start,
            touchedAt: .start,
            expiresAt: Instant.start.plus(60_000),
            lifetimeEndsAt: Instant.start.plus(100_000),
            ttl: .seconds(60),
            version: 1,
            ip: Array("2001:db8::1".utf8),
            userAgent: Array("curl/8".utf8),
            data: Array(#"{"a":1}"#.utf8)
        )
        #expect(session == expected)
    }

    @Test("the token that create returns is the one that the session is found by")
    func tokenLeadsToTheSession() throws {
        let scenario = Scenario()
        let new = NewSession(userID: .ann, data: Array("{}".utf8))
        let (token, change) = scenario.store.create(new, now: scenario.now, using: &scenario.generator)
        #expect(scenario.absence(token.hash) == .unknown)
        scenario.commit(change)
        #expect(change == .created(try #require(scenario.session(TokenHash(text: token.string)))))
    }

    @Test("deciding changes nothing")
    func decidingIsPure() throws {
        let scenario = Scenario(policy: Policy(touchInterval: .zero))
        let token = scenario.create()
        scenario.pass(.seconds(1))
        let before = scenario.contents
        let new = NewSession(userID: .bob, data: Array(#"{"b":1}"#.utf8))
        guard case .live(let slot) = scenario.store.presence(of: token, now: scenario.now) else {
            Issue.record("the session is not there")
            return
        }
        _ = scenario.store.create(new, now: scenario.now, using: &scenario.generator)
        _ = try scenario.store.put(token, new, condition: .none, now: scenario.now, using: &scenario.generator)
        _ = scenario.store.lookup(token, mayTouch: true, now: scenario.now)
        _ = scenario.store.refresh(slot, end: nil, data: new.data, now: scenario.now)
        _ = scenario.store.update(slot, data: new.data)
        _ = scenario.store.revoke(.everyone, cause: [], now: scenario.now)
        #expect(scenario.contents == before)
    }

    @Test("token and id lead to the same session")
    func tokenAndID() throws {
        let scenario = Scenario()
        let tokens = (0..<10).map { scenario.create(data: #"{"n":\#($0)}"#) }
        for token in tokens {
            let session = try #require(scenario.session(token))
            #expect(scenario.session(session.id) == session)
        }
        #expect(Set(tokens.compactMap { scenario.session($0)?.id }).count == 10)
    }

    @Test("a token or an id that nobody drew is unknown")
    func unknown() {
        let scenario = Scenario()
        scenario.create()
        #expect(scenario.absence(TokenHash(text: "nobody's")) == .unknown)
        #expect(scenario.absence(SessionID(high: 1, low: 2)) == .unknown)
    }

    @Test("a session may be nobody's")
    func nobodys() throws {
        let scenario = Scenario()
        let token = scenario.create(user: nil)
        #expect(try #require(scenario.session(token)).userID == nil)
        #expect(scenario.store.userCount == 0)
    }

    @Test("the longest values that are allowed are kept whole")
    func longestValues() throws {
        let scenario = Scenario()
        let user = UserID(named: String(repeating: "u", count: UserID.longest))
        let data = #"{"d":""# + String(repeating: "d", count: SessionLimit.data - 8) + #""}"#
        let token = scenario.create(
            user: user,
            data: data,
            ip: String(repeating: "i", count: SessionLimit.ip),
            userAgent: String(repeating: "a", count: SessionLimit.userAgent)
        )
        let session = try #require(scenario.session(token))
        #expect(session.userID == user)
        #expect(session.data == Array(data.utf8))
        #expect(session.data.count == SessionLimit.data)
        #expect(session.ip == [UInt8](repeating: UInt8(ascii: "i"), count: SessionLimit.ip))
        #expect(session.userAgent == [UInt8](repeating: UInt8(ascii: "a"), count: SessionLimit.userAgent))
    }

    @Test("a user id is 1 to 255 bytes")
    func userIDs() {
        #expect(UserID([]) == nil)
        #expect(UserID([1])?.bytes == [1])
        #expect(UserID([UInt8](repeating: 1, count: 255)) != nil)
        #expect(UserID([UInt8](repeating: 1, count: 256)) == nil)
    }

    @Test("a view shows what a copy holds")
    func view() throws {
        let scenario = Scenario()
        let token = scenario.create(user: .bob, data: #"{"a":1}"#, lifetime: .days(9), ip: "::1", userAgent: "curl")
        scenario.pass(.seconds(1))
        try scenario.refresh(token, end: .ttl(.days(2)), data: #"{"a":2}"#)
        let expected = try #require(scenario.session(token))
        guard case .live(let slot) = scenario.store.presence(of: token, now: scenario.now) else {
            Issue.record("the session is not there")
            return
        }
        #expect(copy(ofViewAt: slot, in: scenario.store) == expected)
    }

    private func copy(ofViewAt slot: Slot, in store: borrowing SessionStore) -> Session {
        let view = store.session(at: slot)
        return Session(
            id: view.id,
            tokenHash: view.tokenHash,
            userID: UserID(view.user.array),
            createdAt: view.createdAt,
            authenticatedAt: view.authenticatedAt,
            touchedAt: view.touchedAt,
            expiresAt: view.expiresAt,
            lifetimeEndsAt: view.lifetimeEndsAt,
            ttl: view.ttl,
            version: view.version,
            ip: view.ip.array,
            userAgent: view.userAgent.array,
            data: view.data.array
        )
    }
}
