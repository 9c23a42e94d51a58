// The sockets that the daemon binds by itself: their modes, and what is in their place before and after.

import Foundation
import Testing

@Suite("Socket files", .serialized)
struct SocketFileTests {
    @Test("the sockets for callers are open to their group, the administrator's to its owner only")
    func modes() async throws {
        let daemon = try await DaemonUnderTest(SocketRole.allCases)
        #expect(try mode(of: daemon.socket(.application).path) == 0o660)
        #expect(try mode(of: daemon.socket(.reader).path) == 0o660)
        #expect(try mode(of: daemon.socket(.administrator).path) == 0o600)
        #expect(try await daemon.stop() == 0)
        for role in SocketRole.allCases { #expect(!exists(daemon.socket(role).path)) }
    }

    @Test("a second daemon on the same socket refuses and names it; the first one goes on")
    func sameSocket() async throws {
        let daemon = try await DaemonUnderTest()
        let folder = try TemporaryDirectory()
        let command = [try Package.binary(), "--socket", daemon.socket.path, "--state-directory", folder.path]
        let result = try await RunningProcess(command).end()
        #expect(result.status == 71)
        #expect(result.errors.split(separator: "\n").count == 1)
        #expect(result.errors.contains(daemon.socket.path))
        #expect(result.errors.contains("another sessiond"))
        #expect(try await daemon.socket.call("server.ping")["pong"] == true)
    }

    @Test("a second daemon on the same state directory refuses and names it; the first one goes on")
    func sameState() async throws {
        let daemon = try await DaemonUnderTest()
        let other = daemon.folder.path(of: "other.sock")
        let command = [try Package.binary(), "--socket", other, "--state-directory", daemon.state]
        let result = try await RunningProcess(command).end()
        #expect(result.status == 73)
        #expect(result.errors.split(separator: "\n").count == 1)
        #expect(result.errors.contains(daemon.state))
        #expect(result.errors.contains("another sessiond"))
        #expect(!exists(other))
        #expect(try await daemon.socket.call("server.ping")["pong"] == true)
    }

    @Test("a socket that nobody answers at any more is replaced")
    func stale() async throws {
        let daemon = try await DaemonUnderTest()
        daemon.kill()
        #expect(exists(daemon.socket.path))
        try await daemon.start()
        #expect(try await daemon.socket.call("server.ping")["pong"] == true)
    }

    @Test("a file that is no socket is left alone, and the start refused")
    func noSocket() async throws {
        let daemon = try await DaemonUnderTest()
        try await daemon.stop()
        try daemon.folder.write("precious", to: "sessiond.sock")
        let result = try await daemon.startInVain()
        #expect(result.status == 71, "\(result.errors)")
        #expect(result.errors.contains(daemon.socket.path))
        #expect(FileManager.default.contents(atPath: daemon.socket.path) == Data("precious".utf8))
    }

    @Test("a path that no socket can have is refused and named")
    func impossiblePath() async throws {
        let folder = try TemporaryDirectory()
        for path in [folder.path(of: "missing/sessiond.sock"), folder.path(of: String(repeating: "x", count: 108))] {
            let result = try await run(Package.binary(), "--socket", path, "--state-directory", folder.path)
            #expect(result.status == 71)
            #expect(result.errors.contains("cannot bind \(path)"))
        }
    }

    private func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

    private func mode(of path: String) throws -> Int? {
        try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    }
}
