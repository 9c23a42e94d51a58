// More callers than there may be: those too many are told so, the others are served, and it passes.

import Foundation
import TestSupport
import Testing

@Suite("Connection limits", .serialized)
struct ConnectionLimitTests {
    @Test(
        "a caller over maxConnections gets one error and is closed; when another has left, callers are let in again",
        .rule("or there are too many connections (then the connection is closed)")
    )
    func maxConnections() async throws {
        let daemon = try await DaemonUnderTest(configuration: "maxConnections = 3\nuidShare = \"100%\"\n")
        let callers = try await daemon.callersInside(3)
        let refused = try daemon.socket.connect()
        let answers = try await refused.closed()
        #expect(answers.map { $0["error"]["code"] } == [429])
        #expect(answers.first?["id"] == .null)
        #expect(answers.first?["error"]["data"]["hint"].string?.contains("maxConnections") == true)
        for caller in callers {
            #expect(try await caller.answer(to: request("server.ping"))["result"]["pong"] == true)
        }
        try await daemon.logged("limit of 3 connections")

        callers[0].vanish()
        let next = try await daemon.callersInside(1)
        let stats = try await next[0].answer(to: request("server.stats"))["result"]["connections"]
        #expect(stats["open"] == 3)
        #expect((stats["refused"].integer ?? 0) >= 1)
    }

    @Test("there is room for all descriptors from the start: to make it later would hold everybody up")
    func descriptorTable() async throws {
        let daemon = try await DaemonUnderTest(configuration: "maxConnections = 900\n")
        let status = try String(contentsOfFile: "/proc/\(daemon.id)/status", encoding: .utf8)
        let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("FDSize:") })
        #expect(try #require(Int(line.filter { $0.isNumber })) >= 900)
        // None of them is open.
        #expect(try FileManager.default.contentsOfDirectory(atPath: "/proc/\(daemon.id)/fd").count < 40)
    }

    @Test("the limit on open files lowers maxConnections, and that is said")
    func lowFileLimit() async throws {
        let low = ["sh", "-c", #"ulimit -n 67; exec "$0" "$@""#]
        let daemon = try await DaemonUnderTest(configuration: "uidShare = \"100%\"\n", through: low)
        try await daemon.logged("maxConnections is 4096, but the limit on open files allows 3")
        let callers = try await daemon.callersInside(3)
        #expect(try await daemon.socket.connect().closed().map { $0["error"]["code"] } == [429])
        let info = try await callers[0].answer(to: request("server.info"))["result"]
        #expect(info["limits"]["connections"] == 3)
    }

    @Test("the daemon survives that descriptors run out, goes on with those it has, and recovers")
    func noDescriptors() async throws {
        let daemon = try await DaemonUnderTest([.application, .administrator])
        let inside = try await daemon.callersInside(1)[0]
        let limit = 40
        let taken = try await run("prlimit", "--pid", "\(daemon.id)", "--nofile=\(limit):\(limit)")
        try #require(taken.status == 0)

        // Those that are let in answer; those that are not get the error and are closed, or wait.
        let callers = try (0..<(2 * limit)).map { _ in try daemon.socket.connect() }
        // One that is sent away at once cannot send.
        for caller in callers { try? caller.send(lines: request("server.ping")) }
        try await daemon.logged("callers are sent away")
        try await wait(until: "a caller was sent away") { callers.contains { !$0.isConnected } }
        #expect(try await inside.answer(to: request("server.ping"))["result"]["pong"] == true)
        var letIn = 0
        for caller in callers {
            // socat may find that it cannot send before it has read why.
            guard let first = try? await caller.answers()[0] else { continue }
            if first["result"]["pong"] == true { letIn += 1 } else { #expect(first["error"]["code"] == 429) }
        }
        #expect((1..<limit).contains(letIn))
        #expect(daemon.log.split(separator: "\n").count { $0.contains("callers are sent away") } < 10)

        for caller in callers { caller.vanish() }
        for caller in try await daemon.callersInside(5) {
            #expect(try await caller.answer(to: request("session.create", ["userId": "ann"]))["error"] == .null)
        }
        // A snapshot needs a descriptor too.
        try await wait(until: "a snapshot can be written again") {
            try await daemon.admin.answer("server.snapshot")["error"] == .null
        }
        #expect(try await daemon.stop() == 0)
    }
}

extension DaemonUnderTest {
    /// Callers that have been let in: each has had an answer.
    fileprivate func callersInside(_ count: Int) async throws -> [Caller] {
        var callers: [Caller] = []
        for _ in 0..<count {
            // Whoever has left may not have been noticed yet.
            let caller = try await wait(for: "being let in") { () -> Caller? in
                let caller = try socket.connect()
                // One that is sent away cannot always send.
                try? caller.send(lines: request("server.ping"))
                let answer = try? await caller.answers()[0]
                return answer?["result"]["pong"] == true ? caller : nil
            }
            callers.append(caller)
        }
        return callers
    }
}
