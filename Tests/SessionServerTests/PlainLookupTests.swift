// A lookup is answered alike in whatever form it is written: in the form of most clients, which is recognised at a
// glance, and in any other, which is read as JSON.

import Sessions
import Testing

@testable import SessionServer

@Suite("Forms of a lookup")
struct PlainLookupTests {
    /// What a token may name: what it is called, and how one comes about.
    static let outcomes: [(name: String, make: @Sendable (ServiceUnderTest) throws -> String)] = [
        ("alive", { try $0.create(#"{"userId":"a\u0001\"b","data":{"x":[1,{"y":"z"}]},"ip":"::1"}"#).token }),
        (
            "stale",
            { tested in
                let token = try tested.create(#"{"userId":"ann","lifetime":0}"#).token
                tested.pass(.days(2))
                return token
            }
        ),
        (
            "expired",
            { tested in
                let token = try tested.create(#"{"userId":"ann","ttl":5}"#).token
                tested.pass(Milliseconds(5))
                return token
            }
        ),
        (
            "revoked",
            { tested in
                let token = try tested.create().token
                _ = try tested.call("session.revoke", #"{"token":"\#(token)","cause":"a \"cause\""}"#)
                return token
            }
        ),
        (
            "rotated",
            { tested in
                let token = try tested.create().token
                _ = try tested.call("session.refresh", #"{"token":"\#(token)","rotate":true}"#)
                tested.pass(.seconds(11))
                return token
            }
        ),
        ("unknown", { _ in "AAAA" }),
        ("empty", { _ in "" }),
        ("escaped", { try $0.create().token.unicodeScalars.map { "\\u00" + String($0.value, radix: 16) }.joined() }),
        ("the longest", { _ in String(repeating: "a", count: 512) }),
        ("too long", { _ in String(repeating: "a", count: 513) }),
    ]

    @Test("it makes no difference in which order and with which white space it is written", arguments: outcomes.indices)
    func forms(_ place: Int) throws {
        let tested = ServiceUnderTest()
        let token = try Self.outcomes[place].make(tested)
        // A touch that is due is made by the first of them.
        _ = try tested.lookup(token)
        let forms = [
            #"{"jsonrpc":"2.0","id":"i","method":"session.lookup","params":{"token":"\#(token)"}} "#,
            #"{"jsonrpc": "2.0", "id": "i", "method": "session.lookup", "params": {"token": "\#(token)"}}"#,
            #"{"method":"session.lookup","params":{"token":"\#(token)"},"jsonrpc":"2.0","id":"i"}"#,
            #"{"jsonrpc":"2.0","id":"i","method":"session.lookup","params":{"token":"\#(token)","touch":false}}"#,
        ]
        let plain = #"{"jsonrpc":"2.0","id":"i","method":"session.lookup","params":{"token":"\#(token)"}}"#
        for role in Role.allCases {
            let answer = tested.text(plain, as: role)
            #expect(answer.hasPrefix(#"{"jsonrpc":"2.0","id":"i","result":{"session":"#))
            for form in forms where role != .reader || !form.contains("touch") {
                #expect(tested.text(form, as: role) == answer, "\(Self.outcomes[place].name): \(form)")
            }
        }
    }

    @Test("each form is counted as a lookup, and what is not found as a miss")
    func counted() throws {
        let tested = ServiceUnderTest()
        let token = try tested.create().token
        for end in ["", " "] {
            for token in [token, "AAAA", String(repeating: "a", count: 513)] {
                _ = tested.text(request("session.lookup", #"{"token":"\#(token)"}"#) + end)
            }
        }
        let stats = try tested.call("server.stats")
        #expect(stats["requests"]?["session.lookup"] == 6)
        #expect(stats["lookupMisses"] == 4)
    }

    @Test("a lookup without an id is a notification, and touches all the same")
    func notification() throws {
        let tested = ServiceUnderTest()
        let token = try tested.create().token
        tested.pass(.days(2))
        let line = #"{"jsonrpc":"2.0","method":"session.lookup","params":{"token":"\#(token)"}}"#
        #expect(tested.text(line) == "")
        #expect(try tested.lookup(token)["session"]?["touchedAt"] == .integer(tested.now.milliseconds))
    }
}
