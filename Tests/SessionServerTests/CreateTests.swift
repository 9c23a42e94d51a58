// session.create: what a new session looks like, whose limits it gets, and that its token is the secret the protocol
// says it is.

import Sessions
import TestSupport
import Testing

@testable import SessionServer

@Suite("session.create")
struct CreateTests {
    @Test(
        "a new session comes with its token, and with the members of a session and no others",
        .rule("A **session** in an answer has these members"),
        .rule("`createdAt` | when it began"),
        .rule("→ `{token, session}`")
    )
    func shape() throws {
        let tested = ServiceUnderTest()
        let result = try tested.call("session.create", #"{"userId":"ann"}"#)
        #expect(result.names == ["token", "session"])
        let session = try #require(result["session"])
        let names = [
            "id", "userId", "createdAt", "authenticatedAt", "touchedAt", "expiresAt", "lifetimeEndsAt", "version", "ip",
            "userAgent", "data",
        ]
        #expect(session.names == names)
        #expect(session["userId"] == "ann")
        #expect(session["version"] == 1)
        for name in ["createdAt", "authenticatedAt", "touchedAt"] { #expect(session[name] == 1_700_000_000_000) }
    }

    @Test(
        "a token is 43 characters of base64url, an id 22, and no two are the same",
        .rule("The daemon makes tokens of 43 characters of base64url"),
        .rule("in 22 characters of base64url")
    )
    func names() throws {
        let tested = ServiceUnderTest()
        var seen: Set<String> = []
        for _ in 0..<200 {
            let (token, id) = try tested.createNamed()
            #expect(token.wholeMatch(of: /[A-Za-z0-9_-]{43}/) != nil)
            #expect(id.wholeMatch(of: /[A-Za-z0-9_-]{22}/) != nil)
            seen.formUnion([token, id])
        }
        #expect(seen.count == 400)
    }

    @Test("what create answers with is what a lookup finds")
    func sameAsLookup() throws {
        let tested = ServiceUnderTest()
        let (token, session) = try tested.create(#"{"userId":"ann","data":{"a":1},"ip":"10.0.0.1","ttl":60000}"#)
        #expect(try tested.lookup(token)["session"] == session)
    }

    @Test("a session gets the policy's limits", .rule("The configuration sets these"))
    func policy() throws {
        let tested = ServiceUnderTest(policy: Policy(ttl: .seconds(20), lifetime: .seconds(50)))
        let session = try tested.create().session
        #expect(session["expiresAt"] == 1_700_000_020_000)
        #expect(session["lifetimeEndsAt"] == 1_700_000_050_000)
    }

    @Test(
        "its own limits go before the policy's",
        .rule("`session.create` and others can set `ttl` and `lifetime` for one session")
    )
    func ownLimits() throws {
        let session = try ServiceUnderTest().create(#"{"userId":"ann","ttl":1,"lifetime":3155760000000}"#).session
        #expect(session["expiresAt"] == 1_700_000_000_001)
        #expect(session["lifetimeEndsAt"] == .integer(1_700_000_000_000 + 3_155_760_000_000))
    }

    @Test(
        "a session never ends after its lifetime",
        .rule("`expiresAt` | when it ends if nothing touches it; never after `lifetimeEndsAt`")
    )
    func lifetimeFirst() throws {
        let session = try ServiceUnderTest().create(#"{"userId":"ann","ttl":5000,"lifetime":3000}"#).session
        #expect(session["expiresAt"] == 1_700_000_003_000)
    }

    @Test("ip and userAgent may be null, which is what they are then")
    func nulls() throws {
        let session = try ServiceUnderTest().create(#"{"userId":"ann","ip":null,"userAgent":null}"#).session
        #expect(session["ip"] == .null)
        #expect(session["userAgent"] == .null)
    }

    @Test("parameters may come in any order and with white space between them")
    func anyOrder() throws {
        let session = try ServiceUnderTest()
            .create(#" { "ip" : "::1" , "data" : { } , "userId" : "ann" , "ttl" : 1000 } "#).session
        #expect(session["userId"] == "ann")
        #expect(session["ip"] == "::1")
    }

    @Test(
        "a user id is any text of 1 to 255 bytes and comes back as it was",
        .rule("`userId` (1 to 255 bytes)"),
        arguments: [
            #""a""#, #"" ""#, #""\u0000""#, #""\u00e9\ud83d\ude00""#, #""a\"b\\c\/d""#, #""\t\r\n\u001f\u007f""#,
        ]
            + [String(repeating: "u", count: 255), String(repeating: "\u{e9}", count: 127)].map { "\"\($0)\"" }
    )
    func userIDs(_ literal: String) throws {
        let tested = ServiceUnderTest()
        let session = try tested.create(#"{"userId":\#(literal)}"#).session
        #expect(try session["userId"] == JSON(Array(literal.utf8)))
        let listed = try tested.call("session.list", #"{"userId":\#(literal)}"#)
        #expect(listed["sessions"]?.elements == [session])
    }

    @Test("users whose names look the same but are not are different users")
    func noNormalisation() throws {
        let tested = ServiceUnderTest()
        _ = try tested.create(#"{"userId":"\#u{e9}"}"#)
        #expect(try tested.call("session.list", #"{"userId":"e\#u{301}"}"#)["sessions"]?.elements.isEmpty == true)
    }
}
