// session.inspect: shows a session by its id, and never touches it.

import Sessions
import TestSupport
import Testing

@testable import SessionServer

@Suite("session.inspect")
struct InspectTests {
    let tested = ServiceUnderTest()

    @Test(
        "a session is shown by its id, as a lookup would show it",
        .rule("`id` → `{session}`. It is there to show a session"),
        .rule("`id` | its public name"),
        .rule("An **id** names a session publicly")
    )
    func shows() throws {
        let (_, session) = try tested.create(#"{"userId":"ann","data":{"a":1},"ip":"::1"}"#)
        let id = try #require(session["id"]?.string)
        #expect(
            try tested.call("session.inspect", #"{"id":"\#(id)"}"#) == .object([.init(name: "session", value: session)])
        )
    }

    @Test(
        "inspecting never touches, however long ago the last touch was",
        .rule("never to authenticate one, and never touches")
    )
    func neverTouches() throws {
        let tested = ServiceUnderTest(policy: Policy(touchInterval: .zero))
        let id = try tested.createNamed().id
        tested.pass(.days(6))
        let before = tested.sequence
        let result = try tested.call("session.inspect", #"{"id":"\#(id)"}"#)
        #expect(result["session"]?["touchedAt"] == 1_700_000_000_000)
        #expect(tested.sequence == before)
    }

    @Test("what is not there is unknown, expired or revoked")
    func absent() throws {
        let gone = try tested.createNamed(#"{"userId":"ann","ttl":1000}"#).id
        let dead = try tested.createNamed().id
        _ = try tested.call("session.revoke", #"{"id":"\#(dead)","cause":"why"}"#)
        tested.pass(Milliseconds(1000))
        let inspect = { (id: String) in try tested.call("session.inspect", #"{"id":"\#(id)"}"#) }
        #expect(try inspect("AAAAAAAAAAAAAAAAAAAAAA")["reason"] == "unknown")
        #expect(try inspect(gone)["reason"] == "expired")
        let revoked = try inspect(dead)
        #expect(revoked.names == ["session", "reason", "revokedAt", "cause"])
        #expect(revoked["cause"] == "why")
    }
}
