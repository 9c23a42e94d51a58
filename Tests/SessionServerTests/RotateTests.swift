// session.refresh with rotate or authenticated: a new token, a grace for requests that were under way, and what becomes of
// somebody who comes with the old token after that.

import Durability
import Glibc
import Sessions
import TestSupport
import Testing

@testable import SessionServer

@Suite("session.refresh with rotate")
struct RotateTests {
    let tested = ServiceUnderTest()

    private func rotate(_ token: String, _ more: String = #","rotate":true"#) throws -> JSON {
        try tested.call("session.refresh", #"{"token":"\#(token)"\#(more)}"#)
    }

    private func rotated(_ token: String) throws -> String { try #require(try rotate(token)["token"]?.string) }

    @Test(
        "the session gets a new token and keeps everything else",
        .rule("and each rotation"),
        .rule("→ `{session, fresh, token?}`")
    )
    func rotates() throws {
        let (token, before) = try tested.create(#"{"userId":"ann","data":{"a":1},"ip":"::1"}"#)
        tested.pass(.seconds(1))
        let result = try rotate(token)
        #expect(result.names == ["session", "fresh", "token"])
        let fresh = try #require(result["token"]?.string)
        #expect(fresh != token)
        #expect(fresh.utf8.count == 43)
        let session = try #require(result["session"])
        for name in ["id", "userId", "createdAt", "authenticatedAt", "lifetimeEndsAt", "data", "ip"] {
            #expect(session[name] == before[name], "\(name)")
        }
        #expect(session["version"] == 2)
        #expect(session["touchedAt"] == 1_700_000_001_000)
        #expect(try tested.lookup(fresh)["session"] == session)
        #expect(try tested.call("session.list", #"{"userId":"ann"}"#)["sessions"]?.elements == [session])
    }

    @Test(
        "the replaced token names the session for exactly the grace",
        .rule("`rotationGrace` | 10 seconds | how long a token that was replaced still names its session"),
        .rule("The token that was replaced goes on naming the session for `rotationGrace` (10 seconds)"),
        .rule("After that, looking it up is answered with the reason `rotated`")
    )
    func grace() throws {
        let token = try tested.create().token
        let fresh = try rotated(token)
        tested.pass(Milliseconds(9999))
        #expect(try tested.isAlive(token))
        tested.pass(Milliseconds(1))
        #expect(try tested.lookup(token)["session"] == .null)
        #expect(try tested.lookup(token)["reason"] == "rotated")
        #expect(try tested.isAlive(fresh))
    }

    @Test(
        "all who race to rotate the same token get the same successor, and the session one version more",
        .rule("and all who rotate it within that time get the same successor")
    )
    func race() throws {
        let token = try tested.create().token
        let fresh = try rotated(token)
        for _ in 0..<5 {
            tested.pass(Milliseconds(1000))
            let result = try rotate(token)
            #expect(result["token"]?.string == fresh)
            #expect(result["session"]?["version"] == 2)
        }
        #expect(tested.service.store.replacedTokenCount == 1)
    }

    @Test("rotating the successor within the grace goes on from there")
    func chain() throws {
        let first = try tested.create().token
        let second = try rotated(first)
        let third = try rotated(second)
        #expect(Set([first, second, third]).count == 3)
        #expect(try rotated(first) == second)
        #expect(try rotated(second) == third)
        for token in [first, second, third] { #expect(try tested.isAlive(token)) }
    }

    @Test(
        "the replaced token presented to refresh after the grace revokes the session as stolen",
        .rule("and presenting it to `session.refresh` is taken for theft, since of two who hold tokens"),
        .rule("of the session one should not: the session is revoked with the cause `reuse`")
    )
    func reuse() throws {
        let token = try tested.create().token
        let fresh = try rotated(token)
        tested.pass(.seconds(10))
        let result = try rotate(token)
        #expect(result["session"] == .null)
        #expect(result["reason"] == "revoked")
        #expect(result["cause"] == "reuse")
        for dead in [token, fresh] {
            #expect(try tested.lookup(dead)["reason"] == "revoked")
            #expect(try tested.lookup(dead)["cause"] == "reuse")
            #expect(
                try tested.refusal("session.put", #"{"token":"\#(dead)","data":{}}"#).code == 410
            )
        }
        #expect(try rotate(token)["reason"] == "revoked")
        #expect(try tested.call("session.list", #"{"userId":"ann"}"#)["sessions"] == .array([]))
    }

    @Test("a plain refresh with the replaced token is theft too, a lookup is not")
    func plainRefresh() throws {
        let token = try tested.create().token
        let fresh = try rotated(token)
        tested.pass(.seconds(10))
        #expect(try tested.lookup(token)["reason"] == "rotated")
        #expect(try tested.isAlive(fresh))
        #expect(try rotate(token, "")["cause"] == "reuse")
        #expect(try !tested.isAlive(fresh))
    }

    @Test(
        "authenticated restarts lifetime and freshness and rotates",
        .rule("`authenticated` says that the user has just proved who they are."),
        .rule("It sets `authenticatedAt`, restarts the lifetime, and always rotates."),
        .rule("`authenticatedAt` | when the user last proved who they are"),
        .rule("the absolute limit from creation or the last authentication")
    )
    func authenticated() throws {
        let token = try tested.create(#"{"userId":"ann","lifetime":172800000}"#).token
        tested.pass(.days(1))
        #expect(try tested.lookup(token)["fresh"] == false)
        let result = try rotate(token, #","authenticated":true"#)
        #expect(result["fresh"] == true)
        let session = try #require(result["session"])
        #expect(session["authenticatedAt"] == .number("\(tested.now.milliseconds)"))
        #expect(session["lifetimeEndsAt"] == .number("\(tested.now.plus(172_800_000).milliseconds)"))
        #expect(session["createdAt"] == 1_700_000_000_000)
        #expect(result["token"]?.string != token)
    }

    @Test("who has raced to prove who they are is authenticated, with the same successor")
    func authenticatedRace() throws {
        let token = try tested.create().token
        tested.pass(.days(2))
        let fresh = try rotated(token)
        let result = try rotate(token, #","authenticated":true"#)
        #expect(result["token"]?.string == fresh)
        #expect(result["fresh"] == true)
    }

    @Test("a session without a lifetime has none after authentication either")
    func withoutLifetime() throws {
        let token = try tested.create(#"{"userId":"ann","lifetime":0}"#).token
        #expect(try rotate(token, #","authenticated":true"#)["session"]?["lifetimeEndsAt"] == .null)
    }

    @Test("data and a new end may come with a rotation, and count as one version")
    func more() throws {
        let token = try tested.create(#"{"userId":"ann","data":{"a":1}}"#).token
        let session = try rotate(token, #","rotate":true,"ttl":5000,"data":{"b":2}"#)["session"]
        #expect(session?["version"] == 2)
        #expect(session?["expiresAt"] == 1_700_000_005_000)
        #expect(session?["data"]?["a"] == 1)
        #expect(session?["data"]?["b"] == 2)
    }

    @Test("revoking by any of its tokens within the grace ends the session")
    func revoke() throws {
        let token = try tested.create().token
        let fresh = try rotated(token)
        #expect(try tested.call("session.revoke", #"{"token":"\#(token)"}"#)["revoked"] == 1)
        #expect(try tested.lookup(fresh)["reason"] == "revoked")
        #expect(try tested.lookup(token)["reason"] == "revoked")
    }

    @Test("what was replaced goes with its session")
    func swept() throws {
        let token = try tested.create(#"{"userId":"ann","ttl":7000}"#).token
        let fresh = try rotated(token)
        tested.pass(.seconds(9))
        tested.sweep()
        #expect(tested.service.store.replacedTokenCount == 0)
        for dead in [token, fresh] { #expect(try tested.lookup(dead)["reason"] == "unknown") }
    }

    @Test("of many tokens of one session the last sixteen are remembered")
    func many() throws {
        var tokens = [try tested.create().token]
        for _ in 0..<20 { tokens.append(try rotated(tokens.last ?? "")) }
        #expect(tested.service.store.replacedTokenCount == 16)
        tested.pass(.seconds(10))
        #expect(try tested.lookup(tokens[0])["reason"] == "unknown")
        #expect(try tested.lookup(tokens[4])["reason"] == "rotated")
        #expect(try tested.isAlive(tokens[20]))
    }

    @Test("a rotation that could not be written is taken back: the old token goes on, the new one was never handed out")
    func takenBack() throws {
        let server = try ConnectionsUnderTest()
        let token = try server.tested.create().token
        server.tested.isDiskFast = false
        let before = try server.tested.call("session.list", #"{"userId":"ann"}"#)
        let caller = try server.connect()
        caller.send(request("session.refresh", #"{"token":"\#(token)","rotate":true}"#) + "\n")
        server.serve()
        server.work(failingWith: SystemError("sync journal-1", code: EIO))
        #expect(try caller.answers().first?["error"]?["code"] == 503)
        #expect(try server.tested.call("session.list", #"{"userId":"ann"}"#) == before)
        #expect(server.tested.service.store.replacedTokenCount == 0)
        #expect(server.tested.service.successorCount == 0)
        #expect(try server.tested.isAlive(token))
    }

    @Test("theft that is found while the disk is sick still ends the session")
    func reuseOnASickDisk() throws {
        let server = try ConnectionsUnderTest()
        let token = try server.tested.create().token
        let rotate = #"{"token":"\#(token)","rotate":true}"#
        let fresh = try #require(try server.tested.call("session.refresh", rotate)["token"]?.string)
        server.tested.pass(.seconds(10))
        server.tested.isDiskFast = false
        let caller = try server.connect()
        caller.send(request("session.refresh", rotate) + "\n")
        server.serve()
        server.work(failingWith: SystemError("sync journal-1", code: EIO))
        #expect(try caller.answers().first?["result"]?["cause"] == "reuse")
        #expect(try !server.tested.isAlive(fresh))
    }
}
