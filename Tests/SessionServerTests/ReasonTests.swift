// Methods that look for a session and find none say why, all of them in the same words.

import Sessions
import TestSupport
import Testing

@testable import SessionServer

@Suite("Why there is no session")
struct ReasonTests {
    @Test(
        "each method that looks for a session gives the same reasons",
        .rule("Methods that look for a session answer `{\"session\":null,\"reason\":…}` when there is none"),
        .rule("`unknown`, `expired`, `revoked` with `revokedAt` and `cause`"),
        .rule("or `rotated` (the token was replaced, and the grace is over)"),
        arguments: [
            ("session.lookup", "token", ""), ("session.lookup", "token", #","touch":false"#),
            ("session.refresh", "token", ""), ("session.update", "token", #","data":{}"#),
            ("session.update", "id", #","replace":{}"#), ("session.inspect", "id", ""),
        ]
    )
    func reasons(_ method: String, _ by: String, _ more: String) throws {
        let tested = ServiceUnderTest()
        let expired = try tested.createNamed(#"{"userId":"ann","ttl":1000}"#)
        let revoked = try tested.createNamed()
        let rotated = try tested.createNamed()
        _ = try tested.call("session.revoke", #"{"id":"\#(revoked.id)","cause":"logout"}"#)
        _ = try tested.call("session.refresh", #"{"token":"\#(rotated.token)","rotate":true}"#)
        tested.pass(.seconds(10))
        let before = tested.sequence
        func answer(_ session: (token: String, id: String)) throws -> JSON {
            let name = by == "id" ? session.id : session.token
            return try tested.call(method, #"{"\#(by)":"\#(name)"\#(more)}"#)
        }
        let unknown = try answer(("nobody's", "AAAAAAAAAAAAAAAAAAAAAA"))
        #expect(try unknown == JSON(Array(#"{"session":null,"reason":"unknown"}"#.utf8)))
        #expect(try answer(expired) == JSON(Array(#"{"session":null,"reason":"expired"}"#.utf8)))
        let details = #""revokedAt":1700000000000,"cause":"logout""#
        #expect(try answer(revoked) == JSON(Array(#"{"session":null,"reason":"revoked",\#(details)}"#.utf8)))
        // By its id a session is found whichever token it has; to refresh, a replaced token is a stolen one.
        if by == "token", method != "session.refresh" {
            #expect(try answer(rotated) == JSON(Array(#"{"session":null,"reason":"rotated"}"#.utf8)))
        }
        #expect(tested.sequence == before)
    }
}
