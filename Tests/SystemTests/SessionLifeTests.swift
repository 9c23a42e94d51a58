// The main job, through socat: a session from its creation to its end.

import TestSupport
import Testing

@Suite("The life of a session", .serialized)
struct SessionLifeTests {
    @Test("a session is created, looked up, updated, refreshed, listed and revoked, and stays dead")
    func wholeLife() async throws {
        let daemon = try await DaemonUnderTest()
        let socket = daemon.socket
        let created = try await socket.call(
            "session.create",
            ["userId": "ann", "data": ["cart": [1, 2]], "ip": "192.0.2.7", "userAgent": "Firefox"]
        )
        let token = created["token"]
        #expect(token.string?.utf8.count == 43)
        let id = created["session"]["id"]
        #expect(id.string?.utf8.count == 22)
        #expect(created["session"]["ip"] == "192.0.2.7")
        #expect(created["session"]["userAgent"] == "Firefox")
        #expect(created["session"]["version"] == 1)

        let found = try await socket.call("session.lookup", ["token": token])
        #expect(found["session"] == created["session"])
        #expect(found["fresh"] == true)
        #expect(found["touched"] == false)

        let patch: JSON = ["token": token, "data": ["cart": .null, "theme": "dark"], "ifVersion": 1]
        let updated = try await socket.call("session.update", patch)
        #expect(updated["session"]["data"] == ["theme": "dark"])
        #expect(updated["session"]["version"] == 2)
        #expect(try await socket.answer("session.update", patch)["error"]["code"] == 409)

        let refreshed = try await socket.call("session.refresh", ["token": token, "ttl": 60_000])
        let touchedAt = try #require(refreshed["session"]["touchedAt"].integer)
        #expect(refreshed["session"]["expiresAt"] == .integer(touchedAt + 60_000))

        let list = try await socket.call("session.list", ["userId": "ann"])
        #expect(list == ["sessions": [refreshed["session"]], "next": .null])

        let revocation = try await socket.call("session.revoke", ["token": token, "cause": "sign-out"])
        #expect(revocation == ["revoked": 1, "durable": true])
        let dead = try await socket.call("session.lookup", ["token": token])
        #expect(dead["session"] == .null)
        #expect(dead["reason"] == "revoked")
        #expect(dead["cause"] == "sign-out")
        #expect(dead["revokedAt"].integer != nil)
        #expect(try await socket.answer("session.put", ["token": token, "data": [:]])["error"]["code"] == 410)
        #expect(try await socket.call("session.refresh", ["token": token])["reason"] == "revoked")
        #expect(try await socket.call("session.update", ["id": id, "data": [:]])["reason"] == "revoked")
        #expect(try await socket.call("session.list", ["userId": "ann"])["sessions"] == [])
        #expect(try await socket.call("session.revoke", ["token": token]) == ["revoked": 0, "durable": true])
    }

    @Test("a framework's own token is put, put again, and ends with the others of its user")
    func ownToken() async throws {
        let daemon = try await DaemonUnderTest()
        let socket = daemon.socket
        let put: [String: JSON] = ["token": "a-token-of-our-own", "userId": "ann", "data": ["n": 1]]
        #expect(try await socket.call("session.put", .object(put))["created"] == true)
        #expect(try await socket.call("session.put", .object(put))["created"] == false)
        let mustBeNew = put.merging(["create": true]) { $1 }
        #expect(try await socket.answer("session.put", .object(mustBeNew))["error"]["code"] == 409)

        let kept = try await socket.create(for: "ann")
        let other = try await socket.create(for: "bob")
        #expect(try await socket.call("session.revoke", ["userId": "ann", "except": kept])["revoked"] == 1)
        #expect(try await socket.call("session.lookup", ["token": "a-token-of-our-own"])["reason"] == "revoked")
        #expect(try await socket.call("session.lookup", ["token": kept])["session"]["userId"] == "ann")
        #expect(try await socket.call("session.lookup", ["token": other])["session"]["userId"] == "bob")
    }

    @Test(
        "a session ends at its time, whether or not anyone has looked",
        .rule("whether or not it has been cleared away")
    )
    func expiry() async throws {
        let daemon = try await DaemonUnderTest()
        let token = try await daemon.socket.create(for: "ann", ["ttl": 300])
        let gone = try await wait(for: "the end of the session") { () -> JSON? in
            let found = try await daemon.socket.call("session.lookup", ["token": token, "touch": false])
            return found["session"] == .null ? found : nil
        }
        #expect(["expired", "unknown"].contains(gone["reason"]))
        #expect(try await daemon.socket.call("session.list", ["userId": "ann"])["sessions"] == [])
    }

    @Test("what is given as data comes back with the digits that it had")
    func digits() async throws {
        let daemon = try await DaemonUnderTest()
        let data = #"{"a":1.0,"b":1e400,"c":12345678901234567890,"d":-0,"e":"é\u00e9\/"}"#
        let line = #"{"jsonrpc":"2.0","id":1,"method":"session.create","params":{"userId":"ann","data":DATA}}"#
        let spaced = data.replacing(",", with: " ,  ")
        let result = try await daemon.socket.converse(lines([line.replacing("DATA", with: spaced)]))
        #expect(result.output.contains(#""data":\#(data)"#))
    }
}
