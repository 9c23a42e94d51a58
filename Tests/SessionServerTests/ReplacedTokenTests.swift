// A token that was replaced, and the one that replaced it: for how long the first still serves, and who is told the second.

import Sessions
import TestSupport
import Testing

@testable import SessionServer

@Suite("Replaced tokens")
struct ReplacedTokenTests {
    private func rotate(_ token: String, in tested: ServiceUnderTest) throws -> String {
        let result = try tested.call("session.refresh", #"{"token":"\#(token)","rotate":true}"#)
        return try #require(result["token"]?.string)
    }

    @Test(
        "the grace is as long as it is configured, to the millisecond",
        .rule("how long a token that was replaced still names its session"),
        arguments: [1, 3000, 3_600_000]
    )
    func configured(_ grace: Int64) throws {
        let tested = ServiceUnderTest(policy: Policy(rotationGrace: Milliseconds(grace)))
        let token = try tested.create().token
        let fresh = try rotate(token, in: tested)
        tested.pass(Milliseconds(grace - 1))
        #expect(try tested.isAlive(token))
        #expect(try rotate(token, in: tested) == fresh)
        tested.pass(Milliseconds(1))
        #expect(try tested.lookup(token)["reason"] == "rotated")
        #expect(try tested.isAlive(fresh))
    }

    @Test("without a grace a replaced token is none at once")
    func noGrace() throws {
        let tested = ServiceUnderTest(policy: Policy(rotationGrace: .zero))
        let token = try tested.create().token
        let fresh = try rotate(token, in: tested)
        #expect(try tested.lookup(token)["reason"] == "rotated")
        #expect(try tested.isAlive(fresh))
        #expect(try tested.call("session.refresh", #"{"token":"\#(token)"}"#)["cause"] == "reuse")
    }

    @Test(
        "the token of a rotation is told to who rotates and to nobody else",
        .rule("With `rotate` the session gets a new token, which is in the answer, the only time.")
    )
    func toldOnce() throws {
        let tested = ServiceUnderTest()
        let (token, id) = try tested.createNamed()
        let fresh = try rotate(token, in: tested)
        let calls = [
            ("session.lookup", #"{"token":"\#(token)"}"#), ("session.lookup", #"{"token":"\#(fresh)"}"#),
            ("session.refresh", #"{"token":"\#(token)"}"#), ("session.refresh", #"{"token":"\#(fresh)"}"#),
            ("session.update", #"{"token":"\#(token)","data":{"a":1}}"#), ("session.inspect", #"{"id":"\#(id)"}"#),
            ("session.put", #"{"token":"\#(token)","data":{"b":1}}"#), ("session.list", #"{"userId":"ann"}"#),
            ("server.info", "{}"), ("server.stats", "{}"), ("session.revoke", #"{"token":"\#(token)"}"#),
        ]
        for (method, params) in calls {
            let answer = tested.text(request(method, params))
            #expect(answer.contains(#""result":"#), "\(answer)")
            #expect(!answer.contains(fresh) && !answer.contains(token), "\(method)")
        }
    }

    @Test(
        "a put with the replaced token changes the session within the grace and is refused after it",
        .rule("or was replaced; it cannot be put again")
    )
    func put() throws {
        let tested = ServiceUnderTest()
        let token = try tested.create().token
        let fresh = try rotate(token, in: tested)
        let put = #"{"token":"\#(token)","data":{"b":1}}"#
        #expect(try tested.call("session.put", put)["created"] == false)
        tested.pass(.seconds(10))
        #expect(try tested.refusal("session.put", put).code == 410)
        #expect(try tested.lookup(fresh)["session"]?["data"]?["b"] == 1)
    }

    @Test(
        "the secret of a successor is held no longer than the grace",
        .rule("but for a token that has replaced another, which is held in memory for the grace")
    )
    func forgotten() throws {
        let tested = ServiceUnderTest()
        let token = try tested.create().token
        _ = try rotate(token, in: tested)
        tested.pass(.seconds(10))
        tested.sweep()
        #expect(tested.service.successorCount == 0)
    }
}
