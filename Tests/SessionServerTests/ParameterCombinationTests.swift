// Parameters that are good each for itself and make no sense together: refused by name, nothing changed.

import TestSupport
import Testing

@testable import SessionServer

@Suite("Parameters that contradict each other")
struct ParameterCombinationTests {
    static let token = "0123456789abcdef"
    static let end = #""ttl":1000,"expiresAt":1700000001000"#

    @Test(
        "what contradicts itself is refused with the parameters it is about",
        .rule(
            "One of `token`, `id`, `userId` (with `except`?: the token or the id of a session to spare), `all` (true)"
        ),
        arguments: [
            ("session.put", #""token":"T","data":{},\#(end)"#, "expected only one of ttl, expiresAt"),
            ("session.refresh", #""token":"T",\#(end)"#, "expected only one of ttl, expiresAt"),
            ("session.refresh", #""token":"unknown",\#(end)"#, "expected only one of ttl, expiresAt"),
            (
                "session.put", #""token":"T","data":{},"create":true,"update":true"#,
                "expected only one of create, update"
            ),
            ("session.update", #""token":"T","id":"ID","data":{}"#, "expected exactly one of token, id"),
            ("session.update", #""data":{}"#, "expected exactly one of token, id"),
            ("session.update", #""token":"T""#, "expected exactly one of data, replace"),
            ("session.update", #""token":"T","data":{},"replace":{}"#, "expected exactly one of data, replace"),
            ("session.update", #""id":"ID","ifVersion":1"#, "expected exactly one of data, replace"),
            ("session.revoke", "", "expected exactly one of token, id, userId, all"),
            ("session.revoke", #""cause":"x""#, "expected exactly one of token, id, userId, all"),
            ("session.revoke", #""except":"T""#, "expected exactly one of token, id, userId, all"),
            ("session.revoke", #""token":"T","id":"ID""#, "expected exactly one of token, id, userId, all"),
            ("session.revoke", #""token":"T","userId":"ann""#, "expected exactly one of token, id, userId, all"),
            ("session.revoke", #""token":"T","all":true"#, "expected exactly one of token, id, userId, all"),
            ("session.revoke", #""id":"ID","userId":"ann""#, "expected exactly one of token, id, userId, all"),
            ("session.revoke", #""id":"ID","all":true"#, "expected exactly one of token, id, userId, all"),
            ("session.revoke", #""userId":"ann","all":true"#, "expected exactly one of token, id, userId, all"),
            ("session.revoke", #""token":"","userId":"ann""#, "expected exactly one of token, id, userId, all"),
            (
                "session.revoke", #""token":"T","id":"ID","userId":"ann","all":true"#,
                "expected exactly one of token, id, userId, all"
            ),
            ("session.revoke", #""token":"T","except":"ID""#, "except: expected only together with userId"),
            ("session.revoke", #""id":"ID","except":"T""#, "except: expected only together with userId"),
            ("session.revoke", #""all":true,"except":"T""#, "except: expected only together with userId"),
        ]
    )
    func refuses(_ method: String, _ members: String, _ message: String) throws {
        let tested = ServiceUnderTest()
        let put = try tested.call("session.put", #"{"token":"\#(Self.token)","userId":"ann","data":{}}"#)
        let id = try #require(put["session"]?["id"]?.string)
        let params = "{\(members)}".replacing("\"T\"", with: "\"\(Self.token)\"").replacing("\"ID\"", with: "\"\(id)\"")
        let refused = try tested.refusal(method, params, as: .administrator)
        #expect(refused.code == -32602)
        #expect(refused.message == "invalid parameters: \(message)")
        #expect(try tested.isAlive(Self.token))
    }

    @Test(
        "a parameter that stands twice is no JSON",
        arguments: [#""userId":"ann","userId":"bob""#, #""userId":"ann","user\u0049d":"bob""#]
    )
    func twice(_ members: String) {
        let tested = ServiceUnderTest()
        let answer = tested.text(request("session.create", "{\(members)}"))
        #expect(answer.hasPrefix(#"{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"#))
        #expect(tested.sequence == 0)
    }
}
