// session.put: the store interface for frameworks that choose their own tokens. It makes or replaces, says which, and
// never brings a revoked token back.

import Sessions
import TestSupport
import Testing

@testable import SessionServer

@Suite("session.put")
struct PutTests {
    static let token = "a-token-of-theirs"

    private func put(_ tested: ServiceUnderTest, _ more: String = #","data":{}"#) throws -> JSON {
        try tested.call("session.put", #"{"token":"\#(Self.token)"\#(more)}"#)
    }

    private func refusal(_ tested: ServiceUnderTest, _ more: String) throws -> Refused {
        try tested.refusal("session.put", #"{"token":"\#(Self.token)","data":{"new":true}\#(more)}"#)
    }

    @Test(
        "a token that is not there gets a session, which may be nobody's",
        .rule("`userId` | whose it is; null for nobody's yet"),
        .rule("→ `{session, created}`")
    )
    func creates() throws {
        let tested = ServiceUnderTest()
        let result = try put(tested, #","data":{"a":1}"#)
        #expect(result.names == ["session", "created"])
        #expect(result["created"] == true)
        #expect(result["session"]?["userId"] == .null)
        #expect(result["session"]?["version"] == 1)
        #expect(result["session"]?["expiresAt"] == .integer(1_700_000_000_000 + 604_800_000))
        #expect(try tested.lookup(Self.token)["session"] == result["session"])
    }

    @Test(
        "a session that is there is replaced: it keeps its id and its user, counts as touched, and grows in version",
        .rule("Sets the session of a token that the caller chose, new or not."),
        .rule("A session that is there keeps its id, its limits and, when none is given, its user"),
        .rule("being put counts as a touch")
    )
    func replaces() throws {
        let tested = ServiceUnderTest()
        let first = try #require(try put(tested, #","data":{"a":1},"userId":"ann","ttl":9000"#)["session"])
        tested.pass(Milliseconds(10))
        let result = try put(tested, #","data":{"b":2}"#)
        #expect(result["created"] == false)
        let second = try #require(result["session"])
        for name in ["id", "userId", "createdAt", "authenticatedAt", "lifetimeEndsAt"] {
            #expect(second[name] == first[name])
        }
        #expect(try second["data"] == JSON(Array(#"{"b":2}"#.utf8)))
        #expect(second["version"] == 2)
        #expect(second["touchedAt"] == 1_700_000_000_010)
        #expect(second["expiresAt"] == 1_700_000_009_010)
    }

    @Test("the same data again touches, and leaves the version")
    func sameData() throws {
        let tested = ServiceUnderTest()
        _ = try put(tested, #","data":{"a":1}"#)
        tested.pass(Milliseconds(10))
        let session = try #require(try put(tested, #","data":{ "a" : 1 }"#)["session"])
        #expect(session["version"] == 1)
        #expect(session["touchedAt"] == 1_700_000_000_010)
    }

    @Test("a session can be given a user, and another one")
    func changesUser() throws {
        let tested = ServiceUnderTest()
        _ = try put(tested)
        for user in ["ann", "bob"] {
            #expect(try put(tested, #","data":{},"userId":"\#(user)""#)["session"]?["userId"] == .string(user))
        }
        #expect(try tested.call("session.list", #"{"userId":"ann"}"#)["sessions"]?.elements.count == 0)
        #expect(try tested.call("session.list", #"{"userId":"bob"}"#)["sessions"]?.elements.count == 1)
    }

    @Test("ends are exact, whether given as a ttl or as an instant")
    func ends() throws {
        let tested = ServiceUnderTest()
        #expect(try put(tested, #","data":{},"ttl":1234"#)["session"]?["expiresAt"] == 1_700_000_001_234)
        let instant = try put(tested, #","data":{},"expiresAt":1700000000050"#)
        #expect(instant["session"]?["expiresAt"] == 1_700_000_000_050)
        tested.pass(Milliseconds(50))
        #expect(try tested.lookup(Self.token)["reason"] == "expired")
    }

    @Test(
        "an instant as end is the idle limit of later touches too",
        .rule("With `expiresAt` the session's own `ttl` becomes the time from now to then"),
        .rule("so that later touches add as much again")
    )
    func slidingEnd() throws {
        let tested = ServiceUnderTest()
        _ = try put(tested)
        tested.pass(Milliseconds(500))
        _ = try put(tested, #","data":{},"expiresAt":1700000007500"#)
        tested.pass(Milliseconds(999))
        #expect(try tested.lookup(Self.token)["touched"] == false)
        tested.pass(Milliseconds(1))
        #expect(try tested.lookup(Self.token)["session"]?["expiresAt"] == 1_700_000_008_500)
    }

    @Test(
        "create refuses a session that is there, and tells its version",
        .rule("With `create` it must be new"),
        .rule("409 | `ifVersion`, `create` or `update` did not hold")
    )
    func createOnly() throws {
        let tested = ServiceUnderTest()
        #expect(try put(tested, #","data":{},"create":true"#)["created"] == true)
        _ = try put(tested, #","data":{"a":1}"#)
        let refused = try refusal(tested, #","create":true"#)
        #expect(refused.code == 409)
        #expect(refused.data?["version"] == 2)
        #expect(refused.hint != nil)
        #expect(try put(tested, #","data":{},"create":false,"update":false"#)["created"] == false)
    }

    @Test(
        "update refuses what is not there",
        .rule("with `update` it must not, or the answer is error 409"),
        .rule("`data.version` is the present version, or null")
    )
    func updateOnly() throws {
        let tested = ServiceUnderTest()
        let refused = try refusal(tested, #","update":true"#)
        #expect(refused.code == 409)
        #expect(refused.data?["version"] == .null)
        #expect(refused.hint != nil)
        _ = try put(tested)
        #expect(try put(tested, #","data":{},"update":true"#)["created"] == false)
    }

    @Test("for create and update, an expired session is not there")
    func conditionsAtTheEnd() throws {
        let tested = ServiceUnderTest()
        _ = try put(tested, #","data":{},"ttl":1000"#)
        tested.pass(Milliseconds(999))
        #expect(try refusal(tested, #","create":true"#).code == 409)
        tested.pass(Milliseconds(1))
        #expect(try refusal(tested, #","update":true"#).code == 409)
        let result = try put(tested, #","data":{},"create":true"#)
        #expect(result["created"] == true)
        #expect(result["session"]?["createdAt"] == 1_700_000_001_000)
    }

    @Test(
        "a revoked token cannot be put again",
        .rule("410 | the token was revoked, and `data.revokedAt` says when"),
        arguments: ["", #","create":true"#, #","update":true"#, #","userId":"eve""#, #","expiresAt":1800000000000"#]
    )
    func revoked(_ more: String) throws {
        let tested = ServiceUnderTest()
        _ = try put(tested)
        tested.pass(Milliseconds(7))
        _ = try tested.call("session.revoke", #"{"token":"\#(Self.token)"}"#)
        tested.pass(.days(6))
        let refused = try refusal(tested, more)
        #expect(refused.code == 410)
        #expect(refused.data?["revokedAt"] == 1_700_000_000_007)
        #expect(refused.hint != nil)
        #expect(try tested.lookup(Self.token)["reason"] == "revoked")
    }

    @Test(
        "a revoked token can be put again from when its session would have ended",
        .rule("A revoked token is answered with 410 until its session would have ended.")
    )
    func revokedAndOver() throws {
        let tested = ServiceUnderTest()
        _ = try put(tested, #","data":{},"ttl":1000"#)
        _ = try tested.call("session.revoke", #"{"token":"\#(Self.token)"}"#)
        tested.pass(Milliseconds(999))
        #expect(try refusal(tested, "").code == 410)
        tested.pass(Milliseconds(1))
        #expect(try put(tested)["created"] == true)
        #expect(try tested.isAlive(Self.token))
    }

    @Test(
        "a chosen token may be anything of 16 to 512 bytes",
        .rule("with `session.put` a caller can bring its own, of 16 to 512 bytes"),
        arguments: [
            "0123456789abcdef", String(repeating: "x", count: 512), "\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}",
            #"\u0000\u0001\n\"\\\/0123456789"#, "                ",
        ]
    )
    func tokens(_ token: String) throws {
        let tested = ServiceUnderTest()
        _ = try tested.call("session.put", #"{"token":"\#(token)","data":{"a":1}}"#)
        #expect(try tested.isAlive(token))
        #expect(try tested.call("session.revoke", #"{"token":"\#(token)"}"#)["revoked"] == 1)
    }

    @Test("a token that create gave out can be put")
    func createdToken() throws {
        let tested = ServiceUnderTest()
        let (token, id) = try tested.createNamed()
        let result = try tested.call("session.put", #"{"token":"\#(token)","data":{"a":1}}"#)
        #expect(result["created"] == false)
        #expect(result["session"]?["id"] == .string(id))
    }
}
