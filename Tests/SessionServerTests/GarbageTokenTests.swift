// Whatever a browser sends as its cookie arrives here as a token. What cannot be one names nothing: it is simply unknown,
// never an error, and changes nothing.

import TestSupport
import Testing

@testable import SessionServer

@Suite("Tokens that are none")
struct GarbageTokenTests {
    /// What stands between the quotes.
    static let garbage: [String: String] = [
        "empty": "", "short": "x", "a space": " ", "4 KiB": String(repeating: "x", count: 4096),
        "100 KiB": String(repeating: "x", count: 100_000), "the longest": String(repeating: "x", count: 512),
        "one byte too long": String(repeating: "x", count: 513), "beyond ASCII": "\u{e9}\u{20ac}\u{1F600}\u{10ffff}",
        "escapes": #"\u0000\n\r\t\"\\\/\b\f\ud83d\ude00"#, "a shape like a token's": String(repeating: "A", count: 43),
        "an id's shape": "AAAAAAAAAAAAAAAAAAAAAA", "JSON": #"{\"token\":\"x\"}"#, "SQL": "' OR 1=1 --",
        "many escapes": String(repeating: #"\u00e9"#, count: 10_000), "null": "null", "a path": "../../etc/passwd",
    ]

    private func withSession() throws -> ServiceUnderTest {
        let tested = ServiceUnderTest()
        _ = try tested.create()
        return tested
    }

    @Test(
        "they name no session",
        .rule("Whatever string a browser sent as its token can be passed on"),
        .rule("what cannot be a token is simply `unknown`"),
        arguments: garbage.keys.sorted()
    )
    func unknown(_ name: String) throws {
        let tested = try withSession()
        let token = try #require(Self.garbage[name])
        let before = tested.sequence
        for (method, more) in [
            ("session.lookup", ""), ("session.lookup", #","touch":false"#), ("session.refresh", ""),
            ("session.refresh", #","ttl":1000,"data":{"a":1}"#), ("session.update", #","data":{"a":1}"#),
            ("session.update", #","replace":{},"ifVersion":1"#),
        ] {
            let result = try tested.call(method, #"{"token":"\#(token)"\#(more)}"#)
            #expect(result == .object([.init(name: "session", value: .null), .init(name: "reason", value: "unknown")]))
        }
        #expect(tested.sequence == before)
    }

    @Test("they name no session for a reader either", arguments: garbage.keys.sorted())
    func unknownToReader(_ name: String) throws {
        #expect(try withSession().lookup(try #require(Self.garbage[name]), as: .reader)["reason"] == "unknown")
    }

    @Test("revoking them revokes nothing", arguments: garbage.keys.sorted())
    func revoke(_ name: String) throws {
        let tested = try withSession()
        let before = tested.sequence
        let params = #"{"token":"\#(try #require(Self.garbage[name]))","cause":"x"}"#
        #expect(try tested.call("session.revoke", params)["revoked"] == 0)
        #expect(tested.sequence == before)
    }

    @Test("sparing them spares nothing", arguments: garbage.keys.sorted())
    func except(_ name: String) throws {
        let params = #"{"userId":"ann","except":"\#(try #require(Self.garbage[name]))"}"#
        #expect(try withSession().call("session.revoke", params)["revoked"] == 1)
    }

    @Test("a token with one letter more, less or other is another token")
    func nearMisses() throws {
        let tested = ServiceUnderTest()
        let token = try tested.create().token
        for other in [token + "A", String(token.dropLast()), token + " ", " " + token, token + "=", token + #"\u0000"#]
        {
            #expect(try tested.lookup(other)["reason"] == "unknown")
        }
        for index in token.indices {
            var other = token
            other.replaceSubrange(index...index, with: token[index] == "A" ? "B" : "A")
            #expect(try tested.lookup(other)["reason"] == "unknown")
        }
        #expect(try tested.isAlive(token))
    }
}
