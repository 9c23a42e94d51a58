// session.revoke: one session by token or id, all of a user's but one, everybody's; what is revoked is gone at once and
// stays gone.

import Durability
import TestSupport
import Testing

@testable import SessionServer
@testable import Sessions

@Suite("session.revoke")
struct RevokeTests {
    let tested = ServiceUnderTest()

    private func revoke(_ params: String, as role: Role = .application) throws -> Int64 {
        let result = try tested.call("session.revoke", params, as: role)
        #expect(result.names == ["revoked", "durable"])
        #expect(result["durable"] == true)
        return try #require(result["revoked"]?.integer)
    }

    @Test(
        "a session can be revoked by its token or by its id",
        .rule("It is for lists, for revoking and updating"),
        .rule("→ `{revoked, durable}`. Says how many sessions it ended"),
        arguments: ["token", "id"]
    )
    func one(_ by: String) throws {
        let (token, id) = try tested.createNamed()
        let other = try tested.create().token
        #expect(try revoke(#"{"\#(by)":"\#(by == "id" ? id : token)"}"#) == 1)
        #expect(try tested.lookup(token)["reason"] == "revoked")
        #expect(try tested.isAlive(other))
    }

    @Test(
        "revoking again revokes nothing, changes nothing, and is no error",
        .rule("doing it again ends none and is no error"),
        arguments: ["token", "id", "userId", "all"]
    )
    func again(_ by: String) throws {
        let (token, id) = try tested.createNamed()
        let values = ["token": "\"\(token)\"", "id": "\"\(id)\"", "userId": "\"ann\"", "all": "true"]
        let first = #"{"\#(by)":\#(try #require(values[by])),"cause":"first"}"#
        #expect(try revoke(first, as: .administrator) == 1)
        let before = tested.sequence
        tested.pass(.seconds(1))
        let second = #"{"\#(by)":\#(try #require(values[by])),"cause":"second"}"#
        #expect(try revoke(second, as: .administrator) == 0)
        #expect(tested.sequence == before)
        let answer = try tested.lookup(token)
        #expect(answer["revokedAt"] == 1_700_000_000_000)
        #expect(answer["cause"] == "first")
    }

    @Test("an expired session cannot be revoked any more", arguments: ["token", "id", "userId", "all"])
    func expired(_ by: String) throws {
        let (token, id) = try tested.createNamed(#"{"userId":"ann","ttl":1000}"#)
        tested.pass(Milliseconds(1000))
        let values = ["token": "\"\(token)\"", "id": "\"\(id)\"", "userId": "\"ann\"", "all": "true"]
        #expect(try revoke(#"{"\#(by)":\#(try #require(values[by]))}"#, as: .administrator) == 0)
        #expect(try tested.lookup(token)["reason"] == "expired")
    }

    @Test(
        "nothing brings a revoked session back",
        .rule("From this answer on, nothing brings such a session back"),
        .rule("not a put, an update, a refresh")
    )
    func noResurrection() throws {
        let (token, id) = try tested.createNamed()
        #expect(try revoke(#"{"token":"\#(token)"}"#) == 1)
        let before = tested.sequence
        for (method, params) in [
            ("session.lookup", #"{"token":"\#(token)"}"#), ("session.refresh", #"{"token":"\#(token)","ttl":60000}"#),
            ("session.update", #"{"token":"\#(token)","data":{"a":1}}"#),
            ("session.update", #"{"id":"\#(id)","replace":{"a":1}}"#), ("session.inspect", #"{"id":"\#(id)"}"#),
        ] {
            let result = try tested.call(method, params)
            #expect(result["session"] == .null)
            #expect(result["reason"] == "revoked")
        }
        #expect(try tested.refusal("session.put", #"{"token":"\#(token)","data":{}}"#).code == 410)
        #expect(try tested.call("session.list", #"{"userId":"ann"}"#)["sessions"]?.elements.isEmpty == true)
        #expect(tested.sequence == before)
    }

    @Test("a user's sessions are all revoked, and nobody else's", .rule("Says how many sessions it ended"))
    func user() throws {
        let anns = try (0..<5).map { _ in try tested.create().token }
        let bobs = try tested.create(#"{"userId":"bob"}"#).token
        let nobodys = "a-token-of-nobody"
        _ = try tested.call("session.put", #"{"token":"\#(nobodys)","data":{}}"#)
        #expect(try revoke(#"{"userId":"ann"}"#) == 5)
        for token in anns { #expect(try tested.lookup(token)["reason"] == "revoked") }
        #expect(try tested.isAlive(bobs))
        #expect(try tested.isAlive(nobodys))
        #expect(try revoke(#"{"userId":"nobody"}"#) == 0)
    }

    @Test("a user can begin a new session in the very millisecond in which all were revoked")
    func newSession() throws {
        _ = try tested.create()
        #expect(try revoke(#"{"userId":"ann"}"#) == 1)
        let new = try tested.create().token
        #expect(try tested.isAlive(new))
        #expect(try tested.call("session.list", #"{"userId":"ann"}"#)["sessions"]?.elements.count == 1)
    }

    @Test(
        "one session can be spared, named by its token or its id",
        .rule("(with `except`?: the token or the id of a session to spare)"),
        arguments: ["token", "id"]
    )
    func except(_ by: String) throws {
        let spared = try tested.createNamed()
        let others = try (0..<3).map { _ in try tested.create().token }
        #expect(try revoke(#"{"userId":"ann","except":"\#(by == "id" ? spared.id : spared.token)"}"#) == 3)
        #expect(try tested.isAlive(spared.token))
        for token in others { #expect(try tested.lookup(token)["reason"] == "revoked") }
        let before = tested.sequence
        #expect(try revoke(#"{"userId":"ann","except":"\#(spared.token)"}"#) == 0)
        #expect(tested.sequence == before)
    }

    @Test("a token that looks like an id spares its session too")
    func exceptTokenLikeAnID() throws {
        let token = "AAAAAAAAAAAAAAAAAAAAAA"
        _ = try tested.call("session.put", #"{"token":"\#(token)","userId":"ann","data":{}}"#)
        _ = try tested.create()
        #expect(try revoke(#"{"userId":"ann","except":"\#(token)"}"#) == 1)
        #expect(try tested.isAlive(token))
    }

    @Test("an exception that is nobody's, somebody else's or gone spares nothing")
    func exceptNothing() throws {
        let bobs = try tested.createNamed(#"{"userId":"bob"}"#)
        let gone = try tested.createNamed(#"{"userId":"ann","ttl":1000}"#)
        tested.pass(.seconds(1))
        for exception in [bobs.token, bobs.id, gone.token, gone.id, "x", "AAAAAAAAAAAAAAAAAAAAAA"] {
            let token = try tested.create().token
            #expect(try revoke(#"{"userId":"ann","except":"\#(exception)"}"#) == 1)
            #expect(try tested.lookup(token)["reason"] == "revoked")
        }
        #expect(try tested.isAlive(bobs.token))
    }

    @Test("the administrator can revoke everybody's sessions, which is reported for the log")
    func everyone() throws {
        let tokens = try ["ann", "bob", "eve"].map { try tested.create(#"{"userId":"\#($0)"}"#).token }
        #expect(try revoke(#"{"all":true,"cause":"breach"}"#, as: .administrator) == 3)
        for token in tokens {
            #expect(try tested.lookup(token)["reason"] == "revoked")
            #expect(try tested.lookup(token)["cause"] == "breach")
        }
        #expect(tested.reports.count == 1)
        guard case .revokedEveryone(3, let cause) = tested.reports.first else {
            Issue.record("reported: \(tested.reports)")
            return
        }
        #expect(cause == Array("breach".utf8))
        #expect(try tested.isAlive(tested.create().token))
    }

    @Test(
        "an application cannot revoke everybody's sessions",
        .rule("everything but `session.revoke` with `all`"),
        .rule("403 | this socket may not call this method, or not with this parameter")
    )
    func everyoneByApplication() throws {
        let token = try tested.create().token
        let refused = try tested.refusal("session.revoke", #"{"all":true}"#, as: .application)
        #expect(refused.code == 403)
        #expect(refused.hint != nil)
        #expect(try tested.isAlive(token))
        #expect(tested.reports.isEmpty)
    }

    @Test(
        "revoking very many sessions is one change, holds at once, and is carried out in the background",
        .rule("With `userId` or `all` a revocation is one change and constant work, however many sessions it ends."),
        arguments: [#"{"userId":"ann"}"#, #"{"all":true}"#]
    )
    func many(_ params: String) throws {
        let tested = ServiceUnderTest()
        let tokens = try (0..<100).map { _ in try tested.create().token }
        let before = tested.sequence
        let answer = try tested.call("session.revoke", params, as: .administrator)
        #expect(answer["revoked"] == 100)
        #expect(answer["durable"] == true)
        #expect(tested.sequence == before + 1)
        #expect(tested.service.store.tombstoneCount == 0)
        #expect(try tokens.allSatisfy { try tested.lookup($0)["reason"] == "revoked" })
        #expect(try tested.call("session.list", #"{"userId":"ann"}"#)["sessions"] == .array([]))
        #expect(try tested.call("session.revoke", params, as: .administrator)["revoked"] == 0)
        tested.carryOutRevocations()
        #expect(tested.service.store.tombstoneCount == 100)
    }

    @Test(
        "of more than 64 those that have ended and were not swept yet are counted too, of fewer they are not",
        .rule("Where there are more than 64, those are counted, too, that have ended by themselves"),
        .rule("that have ended by themselves within the last second"),
        arguments: [62, 63, 64, 70]
    )
    func counted(living: Int) throws {
        for (isSwept, ended) in [(false, living + 2 > 64 ? 2 : 0), (true, 0)] {
            let tested = ServiceUnderTest()
            for _ in 0..<2 { _ = try tested.create(#"{"userId":"ann","ttl":1000}"#) }
            for _ in 0..<living { _ = try tested.create() }
            tested.pass(.seconds(1))
            if isSwept { tested.sweep() }
            let revoked = try tested.call("session.revoke", #"{"userId":"ann"}"#)["revoked"]
            #expect(revoked == .integer(Int64(living + ended)))
        }
    }

    @Test("however many revocations of many come at once, few of them stand at a time")
    func manyOfMany() throws {
        let tested = ServiceUnderTest()
        tested.service.store.promptLimit = 0
        var most = 0
        for user in 0..<20 {
            _ = try tested.create(#"{"userId":"u\#(user)"}"#)
            _ = try tested.call("session.revoke", #"{"userId":"u\#(user)"}"#)
            most = max(most, tested.service.store.standingRevocationCount)
        }
        #expect(most == 16)
        tested.carryOutRevocations()
        #expect(tested.service.store.tombstoneCount == 20)
    }

    @Test("a revocation of many holds against a disk that fails before it is carried out")
    func manyOnSickDisk() throws {
        let tested = ServiceUnderTest()
        let tokens = try (0..<100).map { _ in try tested.create().token }
        tested.isDiskFast = false
        // What is taken back was revoked meanwhile.
        let late = try #require(try tested.answer("session.create", #"{"userId":"ann"}"#)["result"]?["token"]?.string)
        _ = try tested.answer("session.revoke", #"{"userId":"ann"}"#)
        tested.work(failingWith: SystemError("write the journal", code: 5))
        #expect(tested.service.store.standingRevocationCount == 0)
        #expect(try (tokens + [late]).allSatisfy { try !tested.isAlive($0) })
    }
}
