// session.lookup: what it finds, when that is fresh, when it touches, and why there is nothing to be found; each time
// limit at its exact millisecond.

import Sessions
import TestSupport
import Testing

@testable import SessionServer

@Suite("session.lookup")
struct LookupTests {
    @Test(
        "a lookup answers with the whole session, member by member",
        .rule("`token`, `touch`? (true) → `{session, fresh, touched}`"),
        .rule("`ip`, `userAgent` | as given at creation")
    )
    func wholeAnswer() throws {
        let tested = ServiceUnderTest()
        let (token, id) = try tested.createNamed(
            #"{"userId":"ann","data":{"cart":[1,2]},"ip":"::1","userAgent":"Test/1"}"#
        )
        tested.pass(.seconds(1))
        let answer = tested.text(request("session.lookup", #"{"token":"\#(token)"}"#, id: #""a b""#))
        let now = Instant.start.milliseconds
        let session =
            #"{"id":"\#(id)","userId":"ann","createdAt":\#(now),"authenticatedAt":\#(now),"touchedAt":\#(now),"#
            + #""expiresAt":\#(now + 604_800_000),"lifetimeEndsAt":\#(now + 2_592_000_000),"version":1,"#
            + #""ip":"::1","userAgent":"Test/1","data":{"cart":[1,2]}}"#
        let result = #"{"session":\#(session),"fresh":true,"touched":false}"#
        #expect(answer == #"{"jsonrpc":"2.0","id":"a b","result":\#(result)}"# + "\n")
    }

    @Test(
        "ip and userAgent are null unless they were given, and data is an empty object",
        .rule("`ip`, `userAgent` | as given at creation, or null")
    )
    func absentMembers() throws {
        let tested = ServiceUnderTest()
        let session = try #require(try tested.lookup(tested.create().token)["session"])
        #expect(session["ip"] == .null)
        #expect(session["userAgent"] == .null)
        #expect(session["data"] == .object([]))
    }

    @Test("a session without a lifetime shows null for its end", .rule("null for never"))
    func noLifetime() throws {
        let tested = ServiceUnderTest()
        let token = try tested.create(#"{"userId":"ann","lifetime":0}"#).token
        #expect(try tested.lookup(token)["session"]?["lifetimeEndsAt"] == .null)
    }

    @Test("a token that was never given out is unknown")
    func unknown() throws {
        let answer = try ServiceUnderTest().lookup("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")
        #expect(answer == .object([.init(name: "session", value: .null), .init(name: "reason", value: "unknown")]))
    }

    @Test("a session's id does not authenticate", .rule("it authenticates nobody"))
    func idIsNoToken() throws {
        let tested = ServiceUnderTest()
        #expect(try tested.lookup(tested.createNamed().id)["reason"] == "unknown")
    }

    @Test(
        "a session is there until the millisecond at which it expires, and then is expired",
        .rule("At `expiresAt` a session is gone, to the millisecond")
    )
    func expiry() throws {
        let tested = ServiceUnderTest()
        let token = try tested.create(#"{"userId":"ann","ttl":5000}"#).token
        tested.pass(Milliseconds(4999))
        #expect(try tested.lookup(token, as: .reader)["session"]?["expiresAt"] == 1_700_000_005_000)
        tested.pass(Milliseconds(1))
        let answer = try tested.lookup(token)
        #expect(answer == .object([.init(name: "session", value: .null), .init(name: "reason", value: "expired")]))
    }

    @Test(
        "once the sweep has come by, nothing is known of an expired session",
        .rule("For a short while it is answered as `expired`, afterwards as `unknown`.")
    )
    func swept() throws {
        let tested = ServiceUnderTest()
        let token = try tested.create(#"{"userId":"ann","ttl":5000}"#).token
        tested.pass(.seconds(7))
        tested.sweep()
        #expect(try tested.lookup(token)["reason"] == "unknown")
    }

    @Test(
        "a revoked session is said to be revoked, since when and why",
        arguments: [nil, "logout", "d\u{e9}connexion"]
    )
    func revoked(cause: String?) throws {
        let tested = ServiceUnderTest()
        let token = try tested.create().token
        tested.pass(Milliseconds(77))
        let causeMember = cause.map { #","cause":"\#($0)""# } ?? ""
        _ = try tested.call("session.revoke", #"{"token":"\#(token)"\#(causeMember)}"#)
        tested.pass(.days(6))
        let answer = try tested.lookup(token)
        #expect(answer.names == ["session", "reason", "revokedAt", "cause"])
        #expect(answer["session"] == .null)
        #expect(answer["reason"] == "revoked")
        #expect(answer["revokedAt"] == 1_700_000_000_077)
        #expect(answer["cause"] == cause.map { .string($0) } ?? .null)
    }

    @Test("a revoked session is unknown from when it would have ended")
    func revokedAndOver() throws {
        let tested = ServiceUnderTest()
        let token = try tested.create(#"{"userId":"ann","ttl":5000}"#).token
        _ = try tested.call("session.revoke", #"{"token":"\#(token)"}"#)
        tested.pass(Milliseconds(4999))
        #expect(try tested.lookup(token)["reason"] == "revoked")
        tested.pass(Milliseconds(1))
        #expect(try tested.lookup(token)["reason"] == "unknown")
    }

    @Test(
        "a session is fresh for less than a day after it began, by default",
        .rule("`freshAge` | 1 day | a session is fresh for this long after authentication")
    )
    func freshness() throws {
        let tested = ServiceUnderTest()
        let token = try tested.create().token
        tested.pass(Milliseconds(86_399_999))
        #expect(try tested.lookup(token)["fresh"] == true)
        tested.pass(Milliseconds(1))
        #expect(try tested.lookup(token)["fresh"] == false)
    }

    @Test("the escapes with which a token is written make no difference")
    func escapedToken() throws {
        let tested = ServiceUnderTest()
        let token = try tested.create().token
        let escaped = token.unicodeScalars.map { #"\u00"# + String($0.value, radix: 16) }.joined()
        #expect(try tested.lookup(escaped)["session"]?["userId"] == "ann")
    }

    @Test("every lookup that finds nothing is counted as a miss", arguments: [0, 1, 512, 513, 4096])
    func misses(_ length: Int) throws {
        let tested = ServiceUnderTest()
        _ = try tested.lookup(String(repeating: "x", count: length))
        #expect(tested.service.statistics.lookupMisses == 1)
    }
}

@Suite("session.lookup: touching")
struct TouchingTests {
    /// A session of seven seconds, which a lookup touches after one.
    private func sevenSeconds() throws -> (ServiceUnderTest, token: String) {
        let tested = ServiceUnderTest()
        return (tested, try tested.create(#"{"userId":"ann","ttl":7000}"#).token)
    }

    @Test(
        "a lookup touches from a seventh of the ttl on, to the millisecond",
        .rule("`touchedAt` | when it was last used, to the accuracy of the touch interval"),
        .rule("touching leaves it"),
        .rule("Touches the session when a touch is due")
    )
    func touches() throws {
        let (tested, token) = try sevenSeconds()
        tested.pass(Milliseconds(999))
        let before = tested.sequence
        let early = try tested.lookup(token)
        #expect(early["touched"] == false)
        #expect(early["session"]?["expiresAt"] == 1_700_000_007_000)
        #expect(tested.sequence == before)
        tested.pass(Milliseconds(1))
        let due = try tested.lookup(token)
        #expect(due["touched"] == true)
        #expect(due["session"]?["touchedAt"] == 1_700_000_001_000)
        #expect(due["session"]?["expiresAt"] == 1_700_000_008_000)
        #expect(due["session"]?["version"] == 1)
        #expect(tested.sequence == before + 1)
        #expect(try tested.lookup(token)["touched"] == false)
    }

    @Test(
        "a lookup that is asked not to touch does not",
        .rule("Touches the session when a touch is due, unless `touch` is false.")
    )
    func askedNotTo() throws {
        let (tested, token) = try sevenSeconds()
        tested.pass(Milliseconds(3000))
        let answer = try tested.call("session.lookup", #"{"token":"\#(token)","touch":false}"#)
        #expect(answer["touched"] == false)
        #expect(answer["session"]?["touchedAt"] == 1_700_000_000_000)
        let asked = try tested.call("session.lookup", #"{"token":"\#(token)","touch":true}"#)
        #expect(asked["touched"] == true)
    }

    @Test("a reader never touches", .rule("`session.lookup`, which never touches there"))
    func reader() throws {
        let (tested, token) = try sevenSeconds()
        tested.pass(Milliseconds(3000))
        #expect(try tested.lookup(token, as: .reader)["touched"] == false)
        let explicit = try tested.call("session.lookup", #"{"token":"\#(token)","touch":false}"#, as: .reader)
        #expect(explicit["touched"] == false)
        #expect(try tested.lookup(token)["touched"] == true)
    }

    @Test("a reader that asks for a touch is refused")
    func readerAsks() throws {
        let (tested, token) = try sevenSeconds()
        tested.pass(Milliseconds(3000))
        let refused = try tested.refusal("session.lookup", #"{"token":"\#(token)","touch":true}"#, as: .reader)
        #expect(refused.code == 403)
        #expect(refused.hint == "leave touch out")
    }

    @Test(
        "a touch never goes past the lifetime, and none is made when the end would not move",
        .rule("`lifetimeEndsAt` | when it ends in any case")
    )
    func lifetime() throws {
        let tested = ServiceUnderTest()
        let token = try tested.create(#"{"userId":"ann","ttl":7000,"lifetime":9000}"#).token
        tested.pass(Milliseconds(5000))
        #expect(try tested.lookup(token)["session"]?["expiresAt"] == 1_700_000_009_000)
        tested.pass(Milliseconds(3000))
        #expect(try tested.lookup(token)["touched"] == false)
        tested.pass(Milliseconds(1000))
        #expect(try tested.lookup(token)["reason"] == "expired")
    }

    @Test("a touch interval of zero touches whenever time has passed")
    func always() throws {
        let tested = ServiceUnderTest(policy: Policy(touchInterval: .zero))
        let token = try tested.create().token
        #expect(try tested.lookup(token)["touched"] == false)
        tested.pass(Milliseconds(1))
        #expect(try tested.lookup(token)["touched"] == true)
    }

    @Test("a configured touch interval above half of a session's ttl counts as that half")
    func half() throws {
        let tested = ServiceUnderTest(policy: Policy(touchInterval: .days(1)))
        let token = try tested.create(#"{"userId":"ann","ttl":1000}"#).token
        tested.pass(Milliseconds(499))
        #expect(try tested.lookup(token)["touched"] == false)
        tested.pass(Milliseconds(1))
        #expect(try tested.lookup(token)["touched"] == true)
    }
}
