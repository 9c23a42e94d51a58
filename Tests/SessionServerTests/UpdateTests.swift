// session.update: merge patches and replacements of data, by token or by id, on the condition of a version. (What a
// merge patch does to every shape of data is tested with the codec.)

import Sessions
import TestSupport
import Testing

@testable import SessionServer

@Suite("session.update")
struct UpdateTests {
    let tested = ServiceUnderTest()

    private func session(_ data: String = #"{"a":1}"#) throws -> (token: String, id: String) {
        try tested.createNamed(#"{"userId":"ann","data":\#(data)}"#)
    }

    private func update(_ token: String, _ more: String) throws -> JSON {
        try tested.call("session.update", #"{"token":"\#(token)",\#(more)}"#)
    }

    private func json(_ text: String) throws -> JSON { try JSON(Array(text.utf8)) }

    @Test(
        "data is a merge patch",
        .rule("`token` or `id`; `data` (an RFC 7396 merge patch)"),
        arguments: [
            (#"{"a":1}"#, #"{"b":2}"#, #"{"a":1,"b":2}"#),
            (#"{"a":1}"#, #"{"a":2}"#, #"{"a":2}"#),
            (#"{"a":1,"b":2}"#, #"{"a":null}"#, #"{"b":2}"#),
            (#"{"a":{"b":1,"c":2}}"#, #"{"a":{"b":null}}"#, #"{"a":{"c":2}}"#),
            (#"{"a":[1,2]}"#, #"{"a":[3]}"#, #"{"a":[3]}"#),
            (#"{"a":{"b":1}}"#, #"{"a":"x"}"#, #"{"a":"x"}"#),
            (#"{"a":"x"}"#, #"{"a":{"b":{"c":null}}}"#, #"{"a":{"b":{}}}"#),
        ]
    )
    func patches(_ data: String, _ patch: String, _ expected: String) throws {
        let token = try session(data).token
        let result = try update(token, #""data":\#(patch)"#)
        #expect(result.names == ["session"])
        #expect(try result["session"]?["data"] == json(expected))
        #expect(result["session"]?["version"] == 2)
        #expect(try tested.lookup(token)["session"] == result["session"])
    }

    @Test("replace is the whole object, nulls and all", .rule("or `replace` (a whole object)"))
    func replaces() throws {
        let token = try session().token
        let result = try update(token, #""replace":{"b":null,"c":{}}"#)
        #expect(try result["session"]?["data"] == json(#"{"b":null,"c":{}}"#))
        #expect(result["session"]?["version"] == 2)
        #expect(try update(token, #""replace":{}"#)["session"]?["data"] == .object([]))
    }

    @Test("an update by id does the same", .rule("`token` or `id`"))
    func byID() throws {
        let (token, id) = try session()
        let result = try tested.call("session.update", #"{"id":"\#(id)","data":{"b":2}}"#)
        #expect(try result["session"]?["data"] == json(#"{"a":1,"b":2}"#))
        #expect(try tested.lookup(token)["session"] == result["session"])
    }

    @Test("an update is no touch")
    func noTouch() throws {
        let token = try session().token
        tested.pass(.days(2))
        let result = try update(token, #""data":{"b":2}"#)
        #expect(result["session"]?["touchedAt"] == 1_700_000_000_000)
        #expect(result["session"]?["expiresAt"] == .integer(1_700_000_000_000 + 604_800_000))
    }

    @Test(
        "the version grows only when the data changes",
        .rule("`version` | 1 at first, one more with each change of `data`"),
        .rule("Data that stays the same leaves the version alone."),
        arguments: [
            (#""data":{}"#, 1), (#""data":{"x":null}"#, 1), (#""data":{ "a" : 1 }"#, 1), (#""replace":{"a" :1}"#, 1),
            (#""data":{"a":1.0}"#, 2), (#""replace":{}"#, 2),
        ] as [(String, Int64)]
    )
    func version(_ change: String, _ version: Int64) throws {
        let token = try session().token
        let before = tested.sequence
        #expect(try update(token, change)["session"]?["version"] == .integer(version))
        #expect(tested.sequence == before + UInt64(version - 1))
    }

    @Test(
        "ifVersion lets an update through at that version only, and tells the version otherwise",
        .rule("`ifVersion`? → `{session}`. When `ifVersion` is given and the session has another version"),
        .rule("the answer is error 409 with the present version in its `data`, and nothing was changed"),
        .rule("409 | `ifVersion`, `create` or `update` did not hold")
    )
    func ifVersion() throws {
        let token = try session().token
        #expect(try update(token, #""data":{"a":2},"ifVersion":1"#)["session"]?["version"] == 2)
        for stale in ["1", "3", "4294967295"] {
            let refused = try tested.refusal(
                "session.update",
                #"{"token":"\#(token)","replace":{},"ifVersion":\#(stale)}"#
            )
            #expect(refused.code == 409)
            #expect(refused.data?["version"] == 2)
            #expect(refused.hint != nil)
        }
        #expect(try tested.lookup(token)["session"]?["data"] == json(#"{"a":2}"#))
        #expect(try update(token, #""replace":{},"ifVersion":2"#)["session"]?["version"] == 3)
    }

    @Test("of two updates that read the same version one is told to read again")
    func lostUpdate() throws {
        let (token, id) = try session(#"{"n":0}"#)
        _ = try update(token, #""data":{"n":1},"ifVersion":1"#)
        let refused = try tested.refusal("session.update", #"{"id":"\#(id)","data":{"n":1},"ifVersion":1}"#)
        #expect(refused.code == 409)
        #expect(try tested.lookup(token)["session"]?["data"] == json(#"{"n":1}"#))
    }

    @Test("what is not there cannot be updated, and the answer says why", arguments: ["token", "id"])
    func absent(_ by: String) throws {
        let gone = try tested.createNamed(#"{"userId":"ann","ttl":1000}"#)
        let dead = try session()
        _ = try tested.call("session.revoke", #"{"id":"\#(dead.id)"}"#)
        tested.pass(.seconds(1))
        let before = tested.sequence
        let name = { (session: (token: String, id: String)) in by == "id" ? session.id : session.token }
        let none = (token: "x", id: "AAAAAAAAAAAAAAAAAAAAAA")
        for (session, reason) in [(gone, "expired"), (dead, "revoked"), (none, "unknown")] {
            for change in [#""data":{}"#, #""replace":{},"ifVersion":9"#] {
                let result = try tested.call("session.update", #"{"\#(by)":"\#(name(session))",\#(change)}"#)
                #expect(result["session"] == .null)
                #expect(result["reason"] == .string(reason))
                #expect(result.names.count == (reason == "revoked" ? 4 : 2))
            }
        }
        #expect(tested.sequence == before)
    }
}
