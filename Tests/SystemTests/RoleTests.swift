// Who may call what: the socket decides.

import Glibc
import TestSupport
import Testing

@Suite("Roles", .serialized)
struct RoleTests {
    @Test(
        "the reader's socket looks up, and neither touches nor changes anything",
        .rule("`session.lookup`, which never touches there")
    )
    func reader() async throws {
        // A touch interval of nothing: an application's lookup always touches.
        let daemon = try await DaemonUnderTest([.application, .reader], configuration: #"touchInterval = "0""#)
        let token = try await daemon.socket.create()
        let session = try await daemon.socket.call("session.lookup", ["token": token, "touch": false])["session"]
        let touchedAt = try #require(session["touchedAt"].integer)
        try await wait(until: "a touch would show") {
            try await daemon.socket.call("server.ping")["now"].integer ?? 0 > touchedAt
        }
        let reader = daemon.socket(.reader)
        #expect(try await reader.call("server.info")["role"] == "reader")
        #expect(try await reader.call("server.ping")["pong"] == true)
        for parameters: JSON in [["token": token], ["token": token, "touch": false]] {
            let found = try await reader.call("session.lookup", parameters)
            #expect(found["session"] == session)
            #expect(found["touched"] == false)
        }
        #expect(try await reader.answer("session.lookup", ["token": token, "touch": true])["error"]["code"] == 403)
        let forbidden: [(String, JSON)] = [
            ("session.create", ["userId": "ann"]), ("session.put", ["token": token, "data": [:]]),
            ("session.refresh", ["token": token]), ("session.update", ["token": token, "data": [:]]),
            ("session.revoke", ["token": token]), ("session.revoke", ["all": true]),
            ("session.inspect", ["id": session["id"]]), ("session.list", ["userId": "ann"]),
            ("server.stats", [:]), ("server.metrics", [:]), ("server.snapshot", [:]), ("rpc.discover", [:]),
        ]
        for (method, parameters) in forbidden {
            #expect(try await reader.answer(method, parameters)["error"]["code"] == 403, "\(method)")
        }
        let found = try await daemon.socket.call("session.lookup", ["token": token])
        #expect(found["session"]["version"] == 1)
        #expect(found["touched"] == true)
    }

    @Test(
        "the application's socket may not reach all users; the administrator's may",
        .rule("`/run/sessiond/admin.sock` | 0600, root | everything"),
        .rule("everything but `session.revoke` with `all`, and `server.snapshot`")
    )
    func everyone() async throws {
        let daemon = try await DaemonUnderTest([.application, .administrator])
        let tokens = [try await daemon.socket.create(for: "ann"), try await daemon.socket.create(for: "bob")]
        #expect(try await daemon.socket.call("server.info")["role"] == "application")
        #expect(try await daemon.socket.answer("session.revoke", ["all": true])["error"]["code"] == 403)
        #expect(try await daemon.socket.answer("server.snapshot")["error"]["code"] == 403)
        for token in tokens {
            #expect(try await daemon.socket.call("session.lookup", ["token": token])["session"] != .null)
        }

        #expect(try await daemon.admin.call("server.info")["role"] == "administrator")
        #expect(try await daemon.admin.call("server.snapshot")["sessions"] == 2)
        let created = try await daemon.admin.create(for: "eve")
        let result = try await daemon.admin.call("session.revoke", ["all": true, "cause": "incident 7"])
        #expect(result["revoked"] == 3)
        for token in tokens + [created] {
            let found = try await daemon.socket.call("session.lookup", ["token": token])
            #expect(found["reason"] == "revoked")
            #expect(found["cause"] == "incident 7")
        }
        #expect(try await daemon.socket.create(for: "ann") != .null)
        try await daemon.logged("revoked all 3 sessions: incident 7")
    }

    @Test(
        "who has called on which socket is in the log, as the kernel knows it",
        .rule("Who it is, the kernel says (`SO_PEERCRED`), and the log has its uid and gid.")
    )
    func callers() async throws {
        let daemon = try await DaemonUnderTest(SocketRole.allCases)
        for role in SocketRole.allCases {
            try await daemon.socket(role).call("server.ping")
            try await daemon.logged("first caller of uid \(geteuid()), gid \(getegid()) on the \(role.rawValue) socket")
        }
    }
}
