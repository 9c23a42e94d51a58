// Changing a living session: a refresh, which is a touch that may bring data, and an update, which is data alone. The
// version grows with the data and with nothing else.

import Testing

@testable import Sessions

@Suite("Store: refreshing")
struct StoreRefreshTests {
    @Test("a refresh touches, whatever the touch interval")
    func touches() throws {
        let scenario = Scenario(policy: Policy(ttl: .seconds(60), touchInterval: .seconds(30)))
        let token = scenario.create()
        var expected = try #require(scenario.session(token))
        scenario.pass(Milliseconds(1))
        let change = try scenario.refresh(token)
        let end = Instant.start.plus(60_001)
        #expect(change == .touched(Touch(id: expected.id, touchedAt: scenario.now, expiresAt: end, ttl: .seconds(60))))
        expected.touchedAt = scenario.now
        expected.expiresAt = end
        #expect(scenario.session(token) == expected)
    }

    @Test("a refresh with a ttl sets the idle limit from now on")
    func withTTL() throws {
        let scenario = Scenario(policy: Policy(ttl: .seconds(60), touchInterval: .zero, lifetime: .zero))
        let token = scenario.create()
        try scenario.refresh(token, end: .ttl(.seconds(5)))
        #expect(try #require(scenario.session(token)).expiresAt == Instant.start.plus(5000))
        scenario.pass(.seconds(4))
        #expect(scenario.lookup(token).touch?.expiresAt == Instant.start.plus(9000))
    }

    @Test("a refresh with an end sets that end")
    func withEnd() throws {
        let scenario = Scenario(policy: Policy(ttl: .seconds(60), lifetime: .zero))
        let token = scenario.create()
        scenario.pass(.seconds(10))
        try scenario.refresh(token, end: .at(Instant.start.plus(500_000)))
        let session = try #require(scenario.session(token))
        #expect(session.expiresAt == Instant.start.plus(500_000))
        #expect(session.ttl == .seconds(490))
    }

    @Test("a refresh ends with the lifetime", arguments: [SessionEnd.ttl(.days(1)), .at(Instant.start.plus(100_001))])
    func withinLifetime(end: SessionEnd) throws {
        let scenario = Scenario(policy: Policy(ttl: .seconds(60), lifetime: .seconds(100)))
        let token = scenario.create()
        scenario.pass(.seconds(10))
        try scenario.refresh(token, end: end)
        #expect(try #require(scenario.session(token)).expiresAt == Instant.start.plus(100_000))
    }

    @Test("a refresh with other data changes it and touches, as one change")
    func withData() throws {
        let scenario = Scenario(policy: Policy(ttl: .seconds(60)))
        let token = scenario.create(data: #"{"a":1}"#)
        var expected = try #require(scenario.session(token))
        scenario.pass(.seconds(1))
        let change = try scenario.refresh(token, end: .ttl(.seconds(30)), data: #"{"a":2}"#)
        expected.data = Array(#"{"a":2}"#.utf8)
        expected.version = 2
        expected.touchedAt = scenario.now
        expected.expiresAt = Instant.start.plus(31_000)
        expected.ttl = .seconds(30)
        #expect(change == .updated(expected))
        #expect(scenario.session(token) == expected)
    }

    @Test("a refresh with the data that is there is a touch only")
    func withSameData() throws {
        let scenario = Scenario(policy: Policy(ttl: .seconds(60)))
        let token = scenario.create(data: #"{"a":1}"#)
        scenario.pass(.seconds(1))
        guard case .touched = try scenario.refresh(token, data: #"{"a":1}"#) else {
            Issue.record("not a touch")
            return
        }
        #expect(try #require(scenario.session(token)).version == 1)
    }
}

@Suite("Store: updating")
struct StoreUpdateTests {
    @Test("an update replaces the data, grows the version and leaves the times")
    func updates() throws {
        let scenario = Scenario()
        let token = scenario.create(data: #"{"a":1}"#, ip: "::1", userAgent: "curl")
        var expected = try #require(scenario.session(token))
        for version in UInt32(2)...5 {
            scenario.pass(.seconds(1))
            let data = #"{"a":\#(version)}"#
            expected.data = Array(data.utf8)
            expected.version = version
            #expect(try scenario.update(token, data: data) == .updated(expected))
            #expect(scenario.session(token) == expected)
        }
    }

    @Test("an update with the same bytes is no change")
    func sameBytes() throws {
        let scenario = Scenario()
        let token = scenario.create(data: #"{"a":1}"#)
        let before = scenario.contents
        #expect(try scenario.update(token, data: #"{"a":1}"#) == nil)
        #expect(scenario.contents == before)
    }

    @Test("after the greatest version comes 1 again")
    func versionsWrapAround() throws {
        let scenario = Scenario()
        var session = Session.sample()
        session.version = .max
        scenario.commit(.created(session))
        try scenario.update(session.tokenHash, data: #"{"a":1}"#)
        #expect(try #require(scenario.session(session.tokenHash)).version == 1)
    }

    @Test("data may shrink and grow", arguments: [0, 2, 10, 100, 10_000, SessionLimit.data])
    func sizes(count: Int) throws {
        let scenario = Scenario()
        let token = scenario.create(user: .ann, data: #"{"a":1}"#, ip: "::1", userAgent: "curl")
        let data = String(repeating: "x", count: count)
        try scenario.update(token, data: data)
        try scenario.update(token, data: "{}")
        try scenario.update(token, data: data)
        let session = try #require(scenario.session(token))
        #expect(session.data == Array(data.utf8))
        #expect(session.userID == .ann)
        #expect(session.ip == Array("::1".utf8))
        #expect(session.userAgent == Array("curl".utf8))
    }

    @Test("a change of one session leaves every other as it was")
    func leavesOthers() throws {
        let scenario = Scenario()
        let tokens = (0..<20).map { scenario.create(user: $0 % 2 == 0 ? .ann : .bob, data: #"{"n":\#($0)}"#) }
        let others = tokens.dropFirst().map { scenario.session($0) }
        try scenario.update(tokens[0], data: #"{"n":"another"}"#)
        try scenario.refresh(tokens[0], end: .ttl(.seconds(5)))
        try scenario.put(tokens[0], user: .bob)
        #expect(tokens.dropFirst().map { scenario.session($0) } == others)
    }
}
