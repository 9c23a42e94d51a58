// What a daemon that is stopping still does: it answers, it revokes, and it changes nothing else.

import Sessions
import TestSupport
import Testing

@testable import SessionServer

@Suite("While the daemon stops")
struct StoppingTests {
    let tested = ServiceUnderTest()

    @Test(
        "nothing new is written",
        .rule("or the daemon is stopping. Nothing was changed"),
        arguments: [
            ("session.create", #"{"userId":"ann"}"#), ("session.put", #"{"token":"0123456789abcdef","data":{}}"#),
            ("session.refresh", #"{"token":"TOKEN"}"#), ("session.update", #"{"token":"TOKEN","data":{"a":1}}"#),
        ]
    )
    func refuses(_ method: String, _ params: String) throws {
        let token = try tested.create().token
        tested.service.isStopping = true
        let refused = try tested.refusal(method, params.replacing("TOKEN", with: token))
        #expect(refused.code == 503)
        #expect(refused.hint != nil)
        tested.service.isStopping = false
        _ = try tested.call(method, params.replacing("TOKEN", with: token))
    }

    @Test("lookups are answered, and do not touch")
    func lookups() throws {
        let token = try tested.create().token
        tested.pass(.days(3))
        tested.service.isStopping = true
        let before = tested.sequence
        #expect(try tested.lookup(token)["touched"] == false)
        #expect(try tested.lookup(token)["session"]?["userId"] == "ann")
        #expect(tested.sequence == before)
        tested.service.isStopping = false
        #expect(try tested.lookup(token)["touched"] == true)
    }

    @Test("a revocation is never refused", arguments: ["userId", "all"])
    func revokes(_ by: String) throws {
        let token = try tested.create().token
        tested.service.isStopping = true
        let params = by == "all" ? #"{"all":true}"# : #"{"userId":"ann"}"#
        #expect(try tested.call("session.revoke", params, as: .administrator)["revoked"] == 1)
        #expect(try tested.lookup(token)["reason"] == "revoked")
    }
}
