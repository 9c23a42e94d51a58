// Callers that are many, slow, silent or suddenly gone: none of them may harm another or the daemon.

import Foundation
import TestSupport
import Testing

@Suite("Many callers", .serialized)
struct ManyCallersTests {
    @Test(
        "a caller that does not read stops nobody, costs little memory, and gets every answer when it reads at last",
        .rule("nothing is lost, and no other caller waits for it")
    )
    func unread() async throws {
        let daemon = try await DaemonUnderTest()
        let data: JSON = ["x": .string(String(repeating: "x", count: 60_000))]
        let token = try await daemon.socket.create(for: "ann", ["data": data])
        let memory = try daemon.peakMemory()

        let count = 1200
        let lookups = (0..<count).map { request("session.lookup", ["token": token], id: .integer(Int64($0))) }
        let slow = try daemon.socket.connectWithoutReading(sending: lines(lookups))
        try await wait(until: "the answers begin") { try await daemon.bytesWritten() > 200_000 }

        let other = try daemon.socket.connect()
        for _ in 0..<100 { #expect(try await other.answer(to: request("server.ping"))["result"]["pong"] == true) }
        #expect(try await daemon.bytesWritten() < 8 << 20, "somebody reads: this test shows nothing")

        let answers = try await slow.readAll()
        try #require(answers.count == count)
        for (index, answer) in answers.enumerated() {
            #expect(answer.hasPrefix(#"{"jsonrpc":"2.0","id":\#(index),"result":{"session":{"#))
            #expect(answer.utf8.count > 60_000)
        }
        let grown = try daemon.peakMemory() - memory
        #expect(grown < 16 << 20, "\(answers.count * 60_000) bytes of answers took \(grown) bytes of memory")
    }

    @Test("200 callers at once are all answered")
    func manyAtOnce() async throws {
        let daemon = try await DaemonUnderTest()
        let callers = try (0..<200).map { _ in try daemon.socket.connect() }
        for (index, caller) in callers.enumerated() {
            try caller.send(lines: request("session.create", ["userId": "user \(index)"], id: .integer(Int64(index))))
        }
        for (index, caller) in callers.enumerated() {
            let answer = try await caller.answers()[0]
            #expect(answer["id"] == .integer(Int64(index)))
            #expect(answer["result"]["session"]["userId"] == "user \(index)")
        }
        let stats = try await callers[0].answer(to: request("server.stats"))["result"]
        #expect(stats["connections"]["open"] == 200)
        #expect(stats["store"]["sessions"] == 200)
        for caller in callers { try caller.halfClose() }
        for caller in callers { #expect(try await caller.closed().isEmpty) }
        try await daemon.serves(callers: 1)
    }

    @Test("a caller that vanishes in mid-line has asked for nothing")
    func vanishedInLine() async throws {
        let daemon = try await DaemonUnderTest()
        let token = try await daemon.socket.create()
        for length in [1, 20, 60, 100] {
            let caller = try daemon.socket.connect()
            // The line before it is answered, so that the beginning of the next has been read when the caller vanishes.
            let revocation = request("session.revoke", ["token": token])
            try caller.send(lines([request("server.ping")]) + Data(revocation.utf8.prefix(length)))
            _ = try await caller.answers()
            caller.vanish()
        }
        try await daemon.serves(callers: 1)
        #expect(try await daemon.socket.call("session.lookup", ["token": token])["session"]["userId"] == "ann")
    }

    @Test("a caller that vanishes in mid-answer harms nobody")
    func vanishedInAnswer() async throws {
        let daemon = try await DaemonUnderTest()
        let data: JSON = ["x": .string(String(repeating: "x", count: 60_000))]
        let token = try await daemon.socket.create(for: "ann", ["data": data])
        let lookups = repeatElement(request("session.lookup", ["token": token]), count: 500)
        for round in 1...3 {
            let caller = try daemon.socket.connectWithoutReading(sending: lines(lookups))
            try await wait(until: "the answers begin") { try await daemon.bytesWritten() > round * 200_000 }
            caller.vanish()
            try await daemon.serves(callers: 1)
        }
        #expect(daemon.isRunning)
    }
}

extension DaemonUnderTest {
    /// The most memory that it has had, in bytes.
    fileprivate func peakMemory() throws -> Int {
        let status = try String(contentsOfFile: "/proc/\(id)/status", encoding: .utf8)
        let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") })
        return try #require(Int(line.filter { $0.isNumber })) * 1024
    }

    /// How much its callers have taken.
    fileprivate func bytesWritten() async throws -> Int {
        Int(try await socket.call("server.stats")["connections"]["bytesWritten"].integer ?? 0)
    }

    /// Waits until it has no callers but so many, of which one asks this.
    fileprivate func serves(callers: Int64) async throws {
        try await wait(until: "only \(callers) callers are left") {
            try await socket.call("server.stats")["connections"]["open"] == .integer(callers)
        }
    }
}
