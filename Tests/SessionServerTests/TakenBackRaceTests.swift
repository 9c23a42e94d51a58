// A revocation holds even when what was taken back had hidden its session from it: a change that is answered with 503
// was never made, also as far as a revocation that came after it is concerned.

import Durability
import Glibc
import JSONRPC
import Sessions
import Testing

@testable import SessionServer

@Suite("A revocation between a change and its failure")
struct TakenBackRaceTests {
    static let error = SystemError("sync journal-1", code: EIO)

    let server: ConnectionsUnderTest
    var tested: ServiceUnderTest { server.tested }

    init() throws { server = try ConnectionsUnderTest() }

    /// Carries out the change, then the revocation, then lets the commit of the change fail.
    private func run(_ change: String, after: Milliseconds = .zero, _ revocation: String) throws -> [JSON] {
        tested.isDiskFast = false
        let (one, other) = (try server.connect(), try server.connect(.administrator))
        one.send(change + "\n")
        server.serve()
        tested.pass(after)
        other.send(revocation + "\n")
        server.serve()
        server.work(failingWith: Self.error)
        server.work()
        server.serve()
        let answers = try one.answers() + other.answers()
        #expect(answers.first?["error"]?["code"] == 503)
        tested.service.journal.beginSnapshot(of: tested.service.store, now: tested.now)
        tested.service.journal.proceed(through: tested.service.store) { false }
        while tested.service.journal.health != .working || tested.service.journal.isTakingSnapshot { server.work() }
        tested.isDiskFast = true
        return answers
    }

    @Test("revoking a user ends a session whose move to another user is taken back")
    func moved() throws {
        let token = try tested.create().token
        _ = try run(
            request("session.put", #"{"token":"\#(token)","userId":"bob","data":{}}"#),
            request("session.revoke", #"{"userId":"ann"}"#)
        )
        #expect(try tested.lookup(token)["reason"] == "revoked")
        #expect(try tested.call("session.list", #"{"userId":"ann"}"#)["sessions"] == .array([]))
    }

    @Test("a revocation ends a session whose earlier end is taken back", arguments: ["token", "id", "userId", "all"])
    func ended(_ by: String) throws {
        let (token, id) = try tested.createNamed()
        let values = ["token": "\"\(token)\"", "id": "\"\(id)\"", "userId": "\"ann\"", "all": "true"]
        _ = try run(
            request("session.refresh", #"{"token":"\#(token)","ttl":1}"#),
            after: Milliseconds(1),
            request("session.revoke", #"{"\#(by)":\#(try #require(values[by]))}"#)
        )
        #expect(try tested.lookup(token)["reason"] == "revoked")
    }

    @Test("a revoked token stays dead as long as its session would have lived without the change that was taken back")
    func shortened() throws {
        let token = try tested.create().token
        _ = try run(
            request("session.refresh", #"{"token":"\#(token)","ttl":5000}"#),
            request("session.revoke", #"{"token":"\#(token)"}"#)
        )
        tested.pass(.seconds(5))
        tested.sweep()
        #expect(try tested.lookup(token)["reason"] == "revoked")
        #expect(try tested.refusal("session.put", #"{"token":"\#(token)","data":{}}"#).code == 410)
    }

    @Test("a successor is forgotten with the session, not handed out for another one under the same token")
    func staleSuccessor() throws {
        let token = "a-token-of-a-framework"
        _ = try tested.call("session.put", #"{"token":"\#(token)","data":{},"ttl":1000}"#)
        let rotate = #"{"token":"\#(token)","rotate":true}"#
        _ = try tested.call("session.refresh", rotate)
        tested.pass(.seconds(1))
        _ = try tested.call("session.put", #"{"token":"\#(token)","data":{}}"#)
        let fresh = try #require(try tested.call("session.refresh", rotate)["token"]?.string)
        #expect(try tested.isAlive(fresh))
    }

    @Test("logging out with a token that was replaced ends the session after the grace, too")
    func lateLogout() throws {
        let token = try tested.create().token
        let rotation = try tested.call("session.refresh", #"{"token":"\#(token)","rotate":true}"#)
        tested.pass(.seconds(10))
        _ = try tested.call("session.revoke", #"{"token":"\#(token)"}"#)
        #expect(try !tested.isAlive(try #require(rotation["token"]?.string)))
    }
}
