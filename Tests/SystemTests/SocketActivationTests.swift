// Sockets that somebody else has opened: systemd-socket-activate(1) listens, the first caller starts the daemon.

import Foundation
import TestSupport
import Testing

@Suite("Socket activation", .serialized)
struct SocketActivationTests {
    private let folder: TemporaryDirectory

    init() throws {
        folder = try TemporaryDirectory()
        try FileManager.default.createDirectory(atPath: folder.path(of: "state"), withIntermediateDirectories: false)
    }

    @Test("the first caller starts the daemon, which leaves the socket where it is at its end")
    func oneSocket() async throws {
        let socket = Socket(path: folder.path(of: "any.sock"))
        let activator = try await listen(on: [socket])
        #expect(try program(of: activator.id) == "systemd-socket-activate")
        let token = try await socket.create()
        #expect(try program(of: activator.id) == Package.binary())
        let info = try await socket.call("server.info")
        #expect(info["pid"] == .integer(Int64(activator.id)))
        #expect(info["role"] == "application")
        #expect(try await stop(activator) == 0)
        #expect(FileManager.default.fileExists(atPath: socket.path))

        // The next one is started on the same state.
        try FileManager.default.removeItem(atPath: socket.path)
        let next = try await listen(on: [socket])
        #expect(try await socket.call("session.lookup", ["token": token])["session"]["userId"] == "ann")
        #expect(try await stop(next) == 0)
    }

    @Test(
        "the names of the sockets decide who may do what",
        .rule("The socket decides what a caller may do, by its name in systemd's `FileDescriptorName=`"),
        .rule("`sessiond`, `reader` or `admin`")
    )
    func names() async throws {
        let sockets = ["one", "two", "three"].map { Socket(path: folder.path(of: $0)) }
        let activator = try await listen(on: sockets, options: ["--fdname=reader:sessiond:admin"])
        #expect(try await sockets[0].call("server.info")["role"] == "reader")
        #expect(try await sockets[1].call("server.info")["role"] == "application")
        #expect(try await sockets[2].call("server.info")["role"] == "administrator")
        #expect(try await sockets[0].answer("session.create", ["userId": "ann"])["error"]["code"] == 403)
        let token = try await sockets[1].create()
        #expect(try await sockets[0].call("session.lookup", ["token": token])["session"]["userId"] == "ann")
        #expect(try await stop(activator) == 0)
        for socket in sockets { #expect(FileManager.default.fileExists(atPath: socket.path)) }
    }

    @Test("a caller that waits while the daemon is started is not lost, nor are many")
    func waitingCallers() async throws {
        let socket = Socket(path: folder.path(of: "any.sock"))
        let activator = try await listen(on: [socket])
        let conversations = try (0..<20).map { try socket.begin(lines([request("server.ping", id: .integer($0))])) }
        for (index, conversation) in conversations.enumerated() {
            #expect(try await JSON(parsing: conversation.end().output)["id"] == .integer(Int64(index)))
        }
        #expect(try await stop(activator) == 0)
    }

    @Test("a socket of an unknown name is refused and named")
    func unknown() async throws {
        let socket = Socket(path: folder.path(of: "any.sock"))
        let misnamed = try await listen(on: [socket], options: ["--fdname=redaer"])
        let caller = try socket.connect()
        let refusal = try await misnamed.end()
        #expect(refusal.status == 71)
        #expect(refusal.errors.contains("\"redaer\""))
        #expect(refusal.errors.contains("sessiond, reader, admin"))
        caller.vanish()
    }

    @Test("a socket that takes no connections is refused")
    func otherKind() async throws {
        let socket = Socket(path: folder.path(of: "any.sock"))
        let activator = try await listen(on: [socket], options: ["--datagram"])
        _ = try await run("socat", "-", "UNIX-SENDTO:\(socket.path)", input: lines([request("server.ping")]))
        let refusal = try await activator.end()
        #expect(refusal.status == 71)
        #expect(refusal.errors.contains("not a listening Unix stream socket"))
    }

    @Test("sockets of its own come beside those that were passed")
    func both() async throws {
        let (passed, own) = (Socket(path: folder.path(of: "passed")), Socket(path: folder.path(of: "own")))
        let activator = try await listen(on: [passed], daemonOptions: ["--admin-socket", own.path])
        #expect(try await passed.call("server.info")["role"] == "application")
        #expect(try await own.call("server.info")["role"] == "administrator")
        #expect(try await stop(activator) == 0)
        #expect(FileManager.default.fileExists(atPath: passed.path))
        #expect(!FileManager.default.fileExists(atPath: own.path))
    }

    /// Starts systemd-socket-activate and waits until it listens.
    private func listen(
        on sockets: [Socket],
        options: [String] = [],
        daemonOptions: [String] = []
    ) async throws -> RunningProcess {
        let command = ["systemd-socket-activate"] + sockets.flatMap { ["--listen", $0.path] } + options
        let daemon = [try Package.binary(), "--state-directory", folder.path(of: "state")] + daemonOptions
        let process = try RunningProcess(command + daemon)
        try await wait(until: "systemd-socket-activate listens: \(process.errors)") {
            sockets.allSatisfy { FileManager.default.fileExists(atPath: $0.path) }
                && process.errors.split(separator: "\n").count { $0.contains("Listening on") } == sockets.count
        }
        return process
    }

    /// Stops the daemon that was started and returns its exit status.
    private func stop(_ activator: RunningProcess) async throws -> Int32 {
        activator.signal(SIGTERM)
        return try await activator.end().status
    }

    /// The program that a process runs, as it was named.
    private func program(of id: pid_t) throws -> String {
        let arguments = try String(contentsOfFile: "/proc/\(id)/cmdline", encoding: .utf8).split(separator: "\0")
        return try #require(arguments.first.map { String($0) })
    }
}
