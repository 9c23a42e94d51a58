// What callers see when the disk fails: writes are refused and change nothing, lookups go on, and revocations take place
// and say that they are not on the disk.

import Durability
import Glibc
import JSONRPC
import Sessions
import TestSupport
import Testing

@testable import SessionServer

@Suite("A disk that fails")
struct SickDiskTests {
    static let error = SystemError("sync journal-1", code: ENOSPC)

    let server: ConnectionsUnderTest
    var tested: ServiceUnderTest { server.tested }

    init() throws {
        server = try ConnectionsUnderTest()
        server.tested.isDiskFast = false
    }

    /// Sends lines on one connection, lets the commit that they wait for fail, and returns the answers.
    private func answers(to lines: String...) throws -> [JSON] {
        let caller = try server.connect()
        for line in lines { caller.send(line + "\n") }
        server.serve()
        server.work(failingWith: Self.error)
        server.serve()
        return try caller.answers()
    }

    private func prepared() throws -> (token: String, id: String) {
        tested.isDiskFast = true
        defer { tested.isDiskFast = false }
        return try tested.createNamed(#"{"userId":"ann","data":{"a":1}}"#)
    }

    private func contents() throws -> JSON {
        try tested.call("session.list", #"{"userId":"ann"}"#)
    }

    @Test(
        "a session that could not be written is not there, and its caller knows",
        .rule("503 | cannot be made durable now: the disk fails or is full")
    )
    func create() throws {
        let answers = try answers(to: request("session.create", #"{"userId":"ann"}"#, id: #""a\"b""#))
        let refused = try Refused(try #require(answers.first?["error"]))
        #expect(answers.first?["id"] == "a\"b")
        #expect(refused.code == 503)
        #expect(refused.message.contains("sync journal-1: No space left on device"))
        #expect(refused.hint?.contains("nothing was changed") == true)
        #expect(tested.service.store.sessionCount == 0)
        #expect(try tested.call("server.stats", as: .administrator)["errors"]?["503"] == 1)
    }

    @Test("what was refreshed, updated or put is as it was before", .rule("Nothing was changed"))
    func takenBack() throws {
        let (token, id) = try prepared()
        let before = try contents()
        tested.pass(.seconds(10))
        for line in [
            request("session.refresh", #"{"token":"\#(token)","ttl":5000,"data":{"b":2}}"#),
            request("session.refresh", #"{"token":"\#(token)"}"#),
            request("session.update", #"{"id":"\#(id)","replace":{}}"#),
            request("session.put", #"{"token":"\#(token)","data":{"c":3}}"#),
            request("session.put", #"{"token":"\#(token)","userId":"bob","data":{"c":3}}"#),
            request("session.put", #"{"token":"0123456789abcdef","userId":"ann","data":{}}"#),
        ] {
            #expect(try self.answers(to: line).first?["error"]?["code"] == 503, "\(line)")
            #expect(try contents() == before, "\(line)")
            mend()
        }
    }

    /// Takes the snapshot that mends the journal.
    private func mend() {
        tested.service.journal.beginSnapshot(of: tested.service.store, now: tested.now)
        tested.service.journal.proceed(through: tested.service.store) { false }
        while tested.service.journal.health != .working || tested.service.journal.isTakingSnapshot { server.work() }
    }

    @Test(
        "a revocation takes place and says that it is not durable",
        .rule("A revocation is never refused for want of a disk.")
    )
    func revoke() throws {
        let (token, id) = try prepared()
        let answers = try answers(to: request("session.revoke", #"{"id":"\#(id)"}"#))
        #expect(answers.first?["result"]?["revoked"] == 1)
        #expect(answers.first?["result"]?["durable"] == false)
        #expect(try !tested.isAlive(token))
    }

    @Test("answers on one connection and in one batch keep their order and their ids")
    func mixed() throws {
        let (token, id) = try prepared()
        let ping = request("server.ping", id: "1")
        let create = request("session.create", #"{"userId":"bob"}"#, id: "2")
        let lookup = request("session.lookup", #"{"token":"\#(token)"}"#, id: "3")
        let revoke = request("session.revoke", #"{"id":"\#(id)"}"#, id: "4")
        let update = request("session.update", #"{"id":"\#(id)","data":{}}"#, id: "5")
        let answers = try answers(to: ping, "[\(lookup),\(create),\(revoke)]", update, create)
        #expect(answers.count == 4)
        #expect(answers[0]["id"] == 1)
        let batch = answers[1].elements
        #expect(batch.map { $0["id"]?.integer } == [3, 2, 4])
        #expect(batch[0]["result"]?["session"]?["id"]?.string == id)
        #expect(batch[1]["error"]?["code"] == 503)
        #expect(batch[2]["result"]?["durable"] == false)
        #expect(answers[2]["result"]?["reason"] == "revoked")
        #expect(answers[3]["error"]?["code"] == 503)
    }

    @Test("a session that was revoked before its creation failed stays dead")
    func revokedMeanwhile() throws {
        let token = "0123456789abcdef"
        let put = request("session.put", #"{"token":"\#(token)","data":{}}"#, id: "1")
        let revoke = request("session.revoke", #"{"token":"\#(token)"}"#, id: "2")
        let answers = try answers(to: put, revoke)
        #expect(answers[0]["error"]?["code"] == 503)
        #expect(answers[1]["result"]?["revoked"] == 1)
        #expect(try tested.lookup(token)["reason"] == "revoked")
    }

    @Test(
        "while it is sick, writes are refused at once, lookups touch, and revocations take place",
        .rule("the revocation holds at once nevertheless")
    )
    func meanwhile() throws {
        let (token, id) = try prepared()
        _ = try answers(to: request("session.create", #"{"userId":"bob"}"#))
        #expect(try tested.refusal("session.create", #"{"userId":"bob"}"#).code == 503)
        #expect(try tested.refusal("session.refresh", #"{"token":"\#(token)"}"#).code == 503)
        tested.pass(.days(2))
        #expect(try tested.lookup(token)["touched"] == true)
        let stats = try tested.call("server.stats", as: .administrator)
        #expect(stats["journal"]?["health"] == "failed: sync journal-1: No space left on device")
        #expect(stats["journal"]?["failures"] == 1)
        let revoked = try tested.call("session.revoke", #"{"id":"\#(id)"}"#)
        #expect(revoked["revoked"] == 1)
        #expect(revoked["durable"] == false)
        #expect(try tested.call("session.revoke", #"{"id":"\#(id)"}"#)["durable"] == false)
    }

    @Test(
        "a snapshot mends it: writes are taken again and are durable",
        .rule("It is false only while the disk fails"),
        .rule("and is written as soon as the disk works again")
    )
    func mended() throws {
        let (_, id) = try prepared()
        _ = try answers(to: request("session.revoke", #"{"id":"\#(id)"}"#))
        #expect(!tested.service.journal.isClean)
        mend()
        #expect(tested.service.journal.isClean)
        let caller = try server.connect()
        caller.send(request("session.create", #"{"userId":"ann"}"#) + "\n")
        server.serve()
        #expect(try caller.answers().isEmpty)
        server.work()
        #expect(try caller.answers().first?["result"] != nil)
        #expect(try tested.call("session.revoke", #"{"id":"\#(id)"}"#)["durable"] == true)
    }

    @Test("what everysec has acknowledged stays, and is written when the disk works again")
    func everysec() throws {
        let server = try ConnectionsUnderTest(sync: .everysec)
        server.tested.isDiskFast = false
        let caller = try server.connect()
        caller.send(request("session.create", #"{"userId":"ann"}"#) + "\n")
        server.serve()
        #expect(try caller.answers().first?["result"] != nil)
        server.tested.service.journal.commitAll()
        server.work(failingWith: Self.error)
        #expect(server.tested.service.store.sessionCount == 1)
        #expect(try server.tested.refusal("session.create", #"{"userId":"ann"}"#).code == 503)
    }
}
