// A state directory that is removed under the daemon: what no start could ever find again is not acknowledged, lookups go
// on, and all is written anew where that is possible.

import Foundation
import Testing

@Suite("Removed state", .serialized)
struct RemovedStateTests {
    @Test("while its directory is gone nothing is acknowledged, and the stop tells that not all was saved")
    func gone() async throws {
        let daemon = try await DaemonUnderTest([.application, .administrator])
        let tokens = try await daemon.create(2)
        try FileManager.default.removeItem(atPath: daemon.state)
        try await daemon.refusesCreations()
        let revocation = try await daemon.socket.call("session.revoke", ["token": tokens[1]])
        #expect(revocation == ["revoked": 1, "durable": false])
        let snapshot = try await daemon.admin.answer("server.snapshot")["error"]
        #expect(snapshot["code"] == 503)
        #expect(snapshot["message"].string?.contains("No such file or directory") == true)
        try await daemon.refusesCreations()
        #expect(try await daemon.socket.call("session.lookup", ["token": tokens[0]])["session"]["userId"] == "ann")
        #expect(try await daemon.socket.call("session.lookup", ["token": tokens[1]])["reason"] == "revoked")
        #expect(try await daemon.stop() == 74)
    }

    @Test("when there is a directory in its place, everything is written anew into that one")
    func replaced() async throws {
        let daemon = try await DaemonUnderTest()
        let tokens = try await daemon.create(2)
        try FileManager.default.removeItem(atPath: daemon.state)
        try await daemon.refusesCreations()
        try await daemon.socket.call("session.revoke", ["token": tokens[1]])
        let mode: [FileAttributeKey: Any] = [.posixPermissions: 0o700]
        try FileManager.default.createDirectory(
            atPath: daemon.state,
            withIntermediateDirectories: false,
            attributes: mode
        )
        try await daemon.logged("the journal works again")
        try await daemon.hasEverything(tokens)
        // The directory is its own, like the one before.
        let second = try await run(
            Package.binary(),
            "--socket",
            daemon.folder.path(of: "other.sock"),
            "--state-directory",
            daemon.state
        )
        #expect(second.status == 73)
        #expect(second.errors.contains("another sessiond"))
    }

    @Test("when its journal alone is removed, it writes everything anew by itself")
    func journal() async throws {
        let daemon = try await DaemonUnderTest()
        let tokens = try await daemon.create(2)
        try FileManager.default.removeItem(atPath: "\(daemon.state)/\(daemon.journals()[0])")
        try await daemon.refusesCreations()
        try await daemon.socket.call("session.revoke", ["token": tokens[1]])
        try await daemon.logged("the journal works again")
        try await daemon.hasEverything(tokens)
    }

    @Test("a state directory that is moved away is written to where it is now")
    func moved() async throws {
        let daemon = try await DaemonUnderTest([.application, .administrator])
        var tokens = try await daemon.create(1)
        try FileManager.default.moveItem(atPath: daemon.state, toPath: daemon.folder.path(of: "elsewhere"))
        tokens += try await daemon.create(1)
        try await daemon.admin.call("server.snapshot")
        tokens += try await daemon.create(1)
        daemon.kill()
        try FileManager.default.moveItem(atPath: daemon.folder.path(of: "elsewhere"), toPath: daemon.state)
        try await daemon.start()
        for token in tokens {
            #expect(try await daemon.socket.call("session.lookup", ["token": token])["session"]["userId"] == "ann")
        }
    }
}

extension DaemonUnderTest {
    fileprivate func refusesCreations() async throws {
        let refused = try await socket.answer("session.create", ["userId": "eve"])["error"]
        #expect(refused["code"] == 503)
        #expect(refused["message"].string?.contains("No such file or directory") == true)
        #expect(try await socket.call("session.list", ["userId": "eve"])["sessions"] == [])
        try await logged("the journal failed: ")
    }

    /// The first of two sessions lives, the second one is revoked, and this stays so when the daemon is killed.
    fileprivate func hasEverything(_ tokens: [JSON]) async throws {
        let later = try await socket.create()
        kill()
        try await start()
        #expect(try await socket.call("session.lookup", ["token": tokens[0]])["session"]["userId"] == "ann")
        #expect(try await socket.call("session.lookup", ["token": tokens[1]])["reason"] == "revoked")
        #expect(try await socket.call("session.lookup", ["token": later])["session"]["userId"] == "ann")
        #expect(try await socket.call("server.info")["recovery"]["damaged"] == [])
    }
}
