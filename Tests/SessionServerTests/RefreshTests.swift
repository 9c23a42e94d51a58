// session.refresh: a touch that is made whatever the touch interval, with a new end or new data if they are given.

import Sessions
import TestSupport
import Testing

@testable import SessionServer

@Suite("session.refresh")
struct RefreshTests {
    private func refresh(_ tested: ServiceUnderTest, _ token: String, _ more: String = "") throws -> JSON {
        try tested.call("session.refresh", #"{"token":"\#(token)"\#(more)}"#)
    }

    @Test(
        "a refresh starts the ttl again at once, whatever the touch interval",
        .rule("→ `{session, fresh, token?}`. Touches now, whatever the touch interval.")
    )
    func startsAgain() throws {
        let tested = ServiceUnderTest()
        let token = try tested.create(#"{"userId":"ann","ttl":7000}"#).token
        tested.pass(Milliseconds(1))
        let result = try refresh(tested, token)
        #expect(result.names == ["session", "fresh"])
        #expect(result["session"]?["touchedAt"] == 1_700_000_000_001)
        #expect(result["session"]?["expiresAt"] == 1_700_000_007_001)
        #expect(result["session"]?["version"] == 1)
        #expect(result["session"] == (try tested.lookup(token)["session"]))
    }

    @Test("a new ttl holds from now on", .rule("A `ttl` that is given holds from now on."))
    func newTTL() throws {
        let tested = ServiceUnderTest()
        let token = try tested.create().token
        #expect(try refresh(tested, token, #","ttl":2000"#)["session"]?["expiresAt"] == 1_700_000_002_000)
        tested.pass(Milliseconds(1000))
        #expect(try tested.lookup(token)["session"]?["expiresAt"] == 1_700_000_003_000)
    }

    @Test("a new end may be earlier than the old one, and is exact")
    func earlierEnd() throws {
        let tested = ServiceUnderTest()
        let token = try tested.create().token
        let result = try refresh(tested, token, #","expiresAt":1700000000001"#)
        #expect(result["session"]?["expiresAt"] == 1_700_000_000_001)
        #expect(try tested.isAlive(token))
        tested.pass(Milliseconds(1))
        #expect(try tested.lookup(token)["reason"] == "expired")
    }

    @Test("a refresh never goes past the lifetime, and does not restart it")
    func lifetime() throws {
        let tested = ServiceUnderTest()
        let token = try tested.create(#"{"userId":"ann","ttl":7000,"lifetime":9000}"#).token
        tested.pass(Milliseconds(5000))
        for end in ["", #","ttl":60000"#, #","expiresAt":1800000000000"#] {
            let session = try #require(try refresh(tested, token, end)["session"])
            #expect(session["expiresAt"] == 1_700_000_009_000)
            #expect(session["lifetimeEndsAt"] == 1_700_000_009_000)
            #expect(session["authenticatedAt"] == 1_700_000_000_000)
        }
    }

    @Test("a refresh does not make a session fresh")
    func staysStale() throws {
        let tested = ServiceUnderTest(policy: Policy(freshAge: Milliseconds(1000)))
        let token = try tested.create().token
        tested.pass(Milliseconds(999))
        #expect(try refresh(tested, token)["fresh"] == true)
        tested.pass(Milliseconds(1))
        #expect(try refresh(tested, token)["fresh"] == false)
    }

    @Test("data is merged, and counts the version up only when it changes")
    func mergesData() throws {
        let tested = ServiceUnderTest()
        let token = try tested.create(#"{"userId":"ann","data":{"a":1,"b":{"c":2,"d":3}}}"#).token
        let changed = try refresh(tested, token, #","data":{"b":{"c":null,"e":4},"a":1}"#)
        #expect(changed["session"]?["version"] == 2)
        #expect(try changed["session"]?["data"] == JSON(Array(#"{"a":1,"b":{"d":3,"e":4}}"#.utf8)))
        tested.pass(.seconds(1))
        let unchanged = try refresh(tested, token, #","data":{"x":null}"#)
        #expect(unchanged["session"]?["version"] == 2)
        #expect(unchanged["session"]?["touchedAt"] == 1_700_000_001_000)
    }

    @Test("what is not there cannot be refreshed, and the answer says why")
    func absent() throws {
        let tested = ServiceUnderTest()
        let gone = try tested.create(#"{"userId":"ann","ttl":1000}"#).token
        let dead = try tested.create().token
        _ = try tested.call("session.revoke", #"{"token":"\#(dead)","cause":"logout"}"#)
        tested.pass(Milliseconds(1000))
        let before = tested.sequence
        let expired = try refresh(tested, gone, #","ttl":60000"#)
        #expect(expired.names == ["session", "reason"])
        #expect(expired["reason"] == "expired")
        let revoked = try refresh(tested, dead, #","data":{"a":1}"#)
        #expect(revoked.names == ["session", "reason", "revokedAt", "cause"])
        #expect(revoked["revokedAt"] == 1_700_000_000_000)
        #expect(revoked["cause"] == "logout")
        #expect(try refresh(tested, "nobody's")["reason"] == "unknown")
        #expect(tested.sequence == before)
    }
}
